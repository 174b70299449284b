import { list, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import { named, oneLine, severityOfScore, severityOfWord, type Severity, type Vulnerability } from '../../../domain/vulnerability.js'

interface Affected {
  readonly package?: { readonly name?: string; readonly ecosystem?: string }
  readonly ranges?: readonly { readonly type?: string; readonly events?: readonly { readonly fixed?: string }[] }[]
  readonly ecosystem_specific?: { readonly severity?: string; readonly urgency?: string }
  readonly database_specific?: { readonly severity?: string }
}

interface Advisory {
  readonly id: string
  readonly summary?: string
  readonly details?: string
  readonly affected?: readonly Affected[]
  readonly database_specific?: { readonly severity?: string }
}

interface Group {
  readonly ids: readonly string[]
  readonly aliases?: readonly string[]
  readonly max_severity?: string
}

interface Package {
  readonly package: { readonly name: string; readonly version?: string; readonly ecosystem?: string; readonly commit?: string }
  readonly vulnerabilities?: readonly Advisory[]
  readonly groups?: readonly Group[]
}

/** Go writes `null` for an empty list; databases write what they like where nothing is specified. */
const maybe = <T>(decoder: Decoder<T>): Decoder<T | undefined> => (value, at) => optional(decoder)(value ?? undefined, at)
const loose: Decoder<string | undefined> = (value) => (typeof value === 'string' ? value : undefined)
const specific = maybe(object<{ readonly severity?: string }>({ severity: loose }))

const affected = object<Affected>({
  package: maybe(object<NonNullable<Affected['package']>>({ name: loose, ecosystem: loose })),
  ranges: maybe(list(object<NonNullable<Affected['ranges']>[number]>({ type: loose, events: maybe(list(object<{ readonly fixed?: string }>({ fixed: loose }))) }))),
  ecosystem_specific: maybe(object<NonNullable<Affected['ecosystem_specific']>>({ severity: loose, urgency: loose })),
  database_specific: specific,
})
const advisory = object<Advisory>({ id: text, summary: loose, details: loose, affected: maybe(list(affected)), database_specific: specific })
const group = object<Group>({ ids: list(text), aliases: maybe(list(text)), max_severity: loose })
const pack = object<Package>({
  package: object<Package['package']>({ name: text, version: maybe(text), ecosystem: maybe(text), commit: maybe(text) }),
  vulnerabilities: maybe(list(advisory)),
  groups: maybe(list(group)),
})
const report = object<{ readonly results: readonly { readonly packages: readonly Package[] }[] }>({
  results: list(object<{ readonly packages: readonly Package[] }>({ packages: list(pack) })),
})

export interface OsvReport {
  readonly packages: number
  readonly ecosystems: readonly string[]
  readonly found: readonly Vulnerability[]
}

/** What is in a report that lists all packages. Throws a `TypeError` for anything else. */
export function readReport(value: unknown): OsvReport {
  const packages = report(value, 'report').results.flatMap((result) => result.packages)
  const found = packages.flatMap((one) => (one.groups ?? grouped(one)).map((names) => vulnerabilityOf(one, names)))
  return {
    packages: packages.length,
    ecosystems: [...new Set(packages.flatMap((one) => (one.package.ecosystem ? [one.package.ecosystem] : [])))],
    // The same package may lie in many folders.
    found: [...new Map(found.map((one) => [JSON.stringify([one.id, one.package, one.installed]), one])).values()],
  }
}

function grouped({ vulnerabilities = [] }: Package): readonly Group[] {
  return vulnerabilities.map(({ id }) => ({ ids: [id] }))
}

function vulnerabilityOf({ package: about, vulnerabilities = [] }: Package, names: Group): Vulnerability {
  const advisories = vulnerabilities.filter(({ id }) => names.ids.includes(id))
  const described = advisories.find(({ summary }) => summary) ?? advisories[0]
  const fixed = [...new Set(advisories.flatMap((one) => fixesOf(one, about.name)))]
  return {
    ...named([...names.ids, ...(names.aliases ?? [])]),
    severity: severityOf(names, advisories),
    package: about.name,
    installed: about.version || (about.commit ?? ''),
    ...(fixed.length === 0 ? {} : { fixed: oneLine(fixed.slice(0, 3).join(' or '), 80) }),
    title: oneLine(described?.summary || (described?.details ?? '')) || 'No description.',
    url: `https://osv.dev/vulnerability/${encodeURIComponent(names.ids[0] ?? '')}`,
  }
}

/** Its own score comes first: it has read the CVSS vectors. Many distributions have only words. */
function severityOf({ max_severity: score = '' }: Group, advisories: readonly Advisory[]): Severity {
  const scored = score === '' ? 'unknown' : severityOfScore(Number(score))
  if (scored !== 'unknown') return scored
  const words = advisories.flatMap((one) => [one.database_specific?.severity, ...(one.affected ?? []).flatMap((part) => [part.database_specific?.severity, part.ecosystem_specific?.severity, part.ecosystem_specific?.urgency])])
  return words.map((word) => severityOfWord(word ?? '')).find((severity) => severity !== 'unknown') ?? 'unknown'
}

function fixesOf({ affected: parts = [] }: Advisory, name: string): readonly string[] {
  const own = parts.filter((part) => part.package?.name === name)
  return (own.length > 0 ? own : parts).flatMap(({ ranges = [] }) => ranges.filter(({ type }) => type !== 'GIT').flatMap(({ events = [] }) => events.flatMap(({ fixed }) => (fixed === undefined ? [] : [fixed]))))
}
