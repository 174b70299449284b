/** A strict reader of the Prometheus text format 0.0.4: throws at the first thing that the format does not allow. */
export interface ReadFamily {
  readonly type: string
  readonly help: string
  readonly samples: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/
const VALUE = /^[+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)$|^NaN$/

export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, ReadFamily>()
  const seen = new Set<string>()
  let name = ''
  let help: string | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind = '', about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') {
      if (families.has(about) || help !== undefined) throw new Error(`a second HELP, or one without its TYPE: ${line}`)
      if (!NAME.test(about) || !/^(?:[^\\]|\\[\\n])*$/.test(rest)) throw new Error(`HELP: ${line}`)
      name = about
      help = rest
    } else if (kind === 'TYPE') {
      if (help === undefined || about !== name || !['counter', 'gauge', 'histogram'].includes(rest)) throw new Error(`TYPE: ${line}`)
      families.set(name, { type: rest, help, samples: [] })
      help = undefined
    } else if (line.startsWith('#') || line === '') {
      throw new Error(`neither a sample nor HELP or TYPE: ${JSON.stringify(line)}`)
    } else {
      const sample = readSample(line)
      const family = families.get(name)
      if (family === undefined || help !== undefined) throw new Error(`a sample before its TYPE: ${line}`)
      if (family.type === 'histogram' ? !['_bucket', '_sum', '_count'].includes(sample.name.slice(name.length)) || !sample.name.startsWith(name) : sample.name !== name) throw new Error(`not of ${name}: ${line}`)
      if (seen.has(line.slice(0, line.lastIndexOf(' ')))) throw new Error(`twice: ${line}`)
      seen.add(line.slice(0, line.lastIndexOf(' ')))
      if (family.type !== 'gauge' && !(sample.value >= 0)) throw new Error(`it counts, and is below zero: ${line}`)
      family.samples.push(sample)
    }
  }
  if (help !== undefined) throw new Error('a HELP without its TYPE')
  for (const [of, family] of families) if (family.type === 'histogram') checkHistogram(of, family)
  return families
}

function readSample(line: string): ReadFamily['samples'][number] {
  const name = /^[^{ ]+/.exec(line)?.[0] ?? ''
  if (!NAME.test(name)) throw new Error(`name: ${line}`)
  let rest = line.slice(name.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    for (;;) {
      const [whole = '', label = '', value = ''] = LABEL.exec(rest) ?? []
      if (whole === '' || label.startsWith('__') || Object.hasOwn(labels, label)) throw new Error(`labels: ${line}`)
      labels[label] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
      rest = rest.slice(whole.length)
      if (rest.startsWith('}')) break
      if (!rest.startsWith(',')) throw new Error(`labels: ${line}`)
      rest = rest.slice(1)
    }
    rest = rest.slice(1)
  }
  if (!rest.startsWith(' ') || !VALUE.test(rest.slice(1))) throw new Error(`value: ${line}`)
  return { name, labels, value: Number(rest.slice(1).replace('Inf', 'Infinity')) }
}

/** Buckets grow, end with +Inf and agree with the count. */
function checkHistogram(name: string, { samples }: ReadFamily): void {
  const groups = new Map<string, { bounds: number[]; counts: number[]; sum?: number; count?: number }>()
  for (const { name: sample, labels: { le, ...labels }, value } of samples) {
    const group = groups.get(JSON.stringify(labels)) ?? { bounds: [], counts: [] }
    groups.set(JSON.stringify(labels), group)
    if (sample === `${name}_sum`) group.sum = value
    else if (sample === `${name}_count`) group.count = value
    else if (le === undefined) throw new Error(`${sample} has no le`)
    else {
      group.bounds.push(Number(le.replace('Inf', 'Infinity')))
      group.counts.push(value)
    }
  }
  for (const { bounds, counts, sum, count } of groups.values()) {
    const grows = (values: readonly number[]): boolean => values.every((value, index) => index === 0 || value >= values[index - 1]!)
    if (!grows(bounds) || !grows(counts) || bounds.at(-1) !== Infinity || counts.at(-1) !== count || sum === undefined) throw new Error(`${name} is no histogram`)
  }
}
