export type Labels = Readonly<Record<string, string>>

/** All samples of one metric. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly { readonly suffix?: '_bucket' | '_sum' | '_count'; readonly labels: Labels; readonly value: number }[]
}

/** The Prometheus text format; a metric without samples is left out. */
export function exposition(families: readonly Family[]): string {
  return families.filter(({ samples }) => samples.length > 0).flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
    `# TYPE ${name} ${type}\n`,
    ...samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${shown(labels)} ${value}\n`),
  ]).join('')
}

function shown(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
