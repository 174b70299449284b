import { flag, list, number, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import { named, oneLine, severityOfWord, type Scan, type Vulnerability } from '../../../domain/vulnerability.js'

interface Found {
  readonly VulnerabilityID: string
  readonly VendorIDs?: readonly string[]
  readonly PkgName: string
  readonly InstalledVersion?: string
  readonly FixedVersion?: string
  readonly Severity?: string
  readonly Title?: string
  readonly Description?: string
  readonly PrimaryURL?: string
}

interface Result {
  readonly Target: string
  readonly Packages?: readonly object[]
  readonly Vulnerabilities?: readonly Found[]
}

interface Report {
  readonly SchemaVersion: number
  readonly Metadata?: { readonly OS?: { readonly Family?: string; readonly Name?: string; readonly EOSL?: boolean } }
  readonly Results?: readonly Result[]
}

/** Go writes `null` for an empty list. */
const maybe = <T>(decoder: Decoder<T>): Decoder<T | undefined> => (value, at) => optional(decoder)(value ?? undefined, at)

const found = object<Found>({
  VulnerabilityID: text, VendorIDs: maybe(list(text)), PkgName: text, InstalledVersion: maybe(text), FixedVersion: maybe(text),
  Severity: maybe(text), Title: maybe(text), Description: maybe(text), PrimaryURL: maybe(text),
})
const result = object<Result>({ Target: text, Packages: maybe(list(object<object>({}))), Vulnerabilities: maybe(list(found)) })
const system = object<NonNullable<NonNullable<Report['Metadata']>['OS']>>({ Family: maybe(text), Name: maybe(text), EOSL: maybe(flag) })
const report = object<Report>({
  SchemaVersion: number,
  Metadata: maybe(object<NonNullable<Report['Metadata']>>({ OS: maybe(system) })),
  Results: maybe(list(result)),
})

const SCHEMA = 2

/** What a report that lists all packages says. Throws a `TypeError` for anything else. */
export function readReport(value: unknown): Pick<Scan, 'packages' | 'found' | 'notes'> {
  const { SchemaVersion: schema, Metadata: about, Results: results = [] } = report(value, 'report')
  if (schema !== SCHEMA) throw new TypeError(`its schema is ${schema}, and ${SCHEMA} can be read`)
  const all = results.flatMap(({ Vulnerabilities: vulnerabilities = [] }) => vulnerabilities.map(vulnerabilityOf))
  const { Family: family = 'the system', Name: name = '', EOSL: ended = false } = about?.OS ?? {}
  return {
    packages: results.reduce((sum, { Packages: packages = [] }) => sum + packages.length, 0),
    found: [...new Map(all.map((one) => [JSON.stringify([one.id, one.package, one.installed]), one])).values()],
    notes: ended ? [oneLine(`${family} ${name} of the image is no longer maintained: nobody reports its vulnerabilities any more`)] : [],
  }
}

function vulnerabilityOf(one: Found): Vulnerability {
  return {
    ...named([one.VulnerabilityID, ...(one.VendorIDs ?? [])]),
    severity: severityOfWord(one.Severity ?? ''),
    package: one.PkgName,
    installed: one.InstalledVersion ?? '',
    ...(one.FixedVersion ? { fixed: oneLine(one.FixedVersion, 80) } : {}),
    title: oneLine(one.Title || (one.Description ?? '')) || 'No description.',
    ...(one.PrimaryURL !== undefined && URL.canParse(one.PrimaryURL) ? { url: one.PrimaryURL } : {}),
  }
}

interface About {
  readonly Version: string
  readonly VulnerabilityDB?: { readonly UpdatedAt?: string }
}

const about = object<About>({ Version: text, VulnerabilityDB: maybe(object<NonNullable<About['VulnerabilityDB']>>({ UpdatedAt: maybe(text) })) })

/** `trivy version --format json`: when its database was built, if it has one. */
export function readVersion(value: unknown): Pick<Scan, 'version' | 'databaseAt'> {
  const { Version: version, VulnerabilityDB: database } = about(value, 'version')
  const at = Date.parse(database?.UpdatedAt ?? '')
  return { version, ...(Number.isNaN(at) || at <= 0 ? {} : { databaseAt: at }) }
}
