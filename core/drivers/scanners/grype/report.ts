import { list, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import { named, oneLine, severityOfWord, type Scan, type Vulnerability } from '../../../domain/vulnerability.js'

interface Match {
  readonly vulnerability: {
    readonly id: string
    readonly severity?: string
    readonly dataSource?: string
    readonly description?: string
    readonly fix?: { readonly versions?: readonly string[]; readonly state?: string }
  }
  readonly relatedVulnerabilities?: readonly { readonly id: string; readonly description?: string }[]
  readonly artifact: { readonly name: string; readonly version: string }
}

interface Report {
  readonly matches: readonly Match[]
  readonly ignoredMatches?: readonly Match[]
  readonly alertsByPackage?: readonly { readonly alerts: readonly { readonly type: string; readonly message: string }[] }[]
  readonly descriptor: {
    readonly version: string
    readonly db?: { readonly built?: string; readonly status?: { readonly built?: string } }
  }
}

/** Go writes `null` for an empty list. */
const maybe = <T>(decoder: Decoder<T>): Decoder<T | undefined> => (value, at) => optional(decoder)(value ?? undefined, at)

const match = object<Match>({
  vulnerability: object<Match['vulnerability']>({
    id: text, severity: maybe(text), dataSource: maybe(text), description: maybe(text),
    fix: maybe(object<NonNullable<Match['vulnerability']['fix']>>({ versions: maybe(list(text)), state: maybe(text) })),
  }),
  relatedVulnerabilities: maybe(list(object<NonNullable<Match['relatedVulnerabilities']>[number]>({ id: text, description: maybe(text) }))),
  artifact: object<Match['artifact']>({ name: text, version: text }),
})
const built = { built: maybe(text) }
const report = object<Report>({
  matches: list(match),
  ignoredMatches: maybe(list(match)),
  alertsByPackage: maybe(list(object<NonNullable<Report['alertsByPackage']>[number]>({ alerts: list(object<{ readonly type: string; readonly message: string }>({ type: text, message: text })) }))),
  descriptor: object<Report['descriptor']>({
    version: text,
    db: maybe(object<NonNullable<Report['descriptor']['db']>>({ ...built, status: maybe(object<{ readonly built?: string }>(built)) })),
  }),
})

/** What grype's JSON report says, up to schema 6 of its database. Throws a `TypeError` for anything else. */
export function readReport(value: unknown): Pick<Scan, 'version' | 'databaseAt' | 'found' | 'notes'> {
  const { matches, alertsByPackage = [], descriptor } = report(value, 'report')
  const at = Date.parse(descriptor.db?.status?.built ?? descriptor.db?.built ?? '')
  const found = matches.map(vulnerabilityOf)
  return {
    version: descriptor.version,
    // Go's zero time stands for none.
    ...(Number.isNaN(at) || at <= 0 ? {} : { databaseAt: at }),
    found: [...new Map(found.map((one) => [JSON.stringify([one.id, one.package, one.installed]), one])).values()],
    notes: [...new Set(alertsByPackage.flatMap(({ alerts }) => alerts.map(({ message }) => oneLine(message))))],
  }
}

function vulnerabilityOf({ vulnerability, relatedVulnerabilities: related = [], artifact }: Match): Vulnerability {
  const { id, severity = '', dataSource, description, fix } = vulnerability
  const versions = fix?.versions ?? []
  return {
    ...named([id, ...related.map((one) => one.id)]),
    severity: severityOfWord(severity),
    package: artifact.name,
    installed: artifact.version,
    ...(versions.length === 0 ? {} : { fixed: oneLine(versions.slice(0, 3).join(' or '), 80) }),
    title: oneLine(description || (related.find((one) => one.description)?.description ?? '')) || 'No description.',
    ...(dataSource === undefined || !URL.canParse(dataSource) ? {} : { url: dataSource }),
  }
}

interface Components {
  readonly bomFormat: string
  readonly components?: readonly { readonly type: string }[]
}

const components = object<Components>({ bomFormat: text, components: maybe(list(object<{ readonly type: string }>({ type: text }))) })

/** How many packages a CycloneDX list has; the system itself and single files are none. */
export function countComponents(value: unknown): number {
  const { bomFormat, components: parts = [] } = components(value, 'list of packages')
  if (bomFormat !== 'CycloneDX') throw new TypeError(`its format is "${oneLine(bomFormat, 40)}", not CycloneDX`)
  return parts.filter(({ type }) => type !== 'operating-system' && type !== 'file').length
}
