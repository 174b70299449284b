import { list, object, optional, record, text, type Decoder } from '../local-control/decode.js'
import type { Counts } from './findings.js'

/** The worst first; `unknown`: the tool does not say. */
export const severities = ['critical', 'high', 'moderate', 'low', 'info', 'unknown'] as const
export type Severity = (typeof severities)[number]

/** A known weakness of something that the application depends on. */
export interface Advisory {
  readonly dependency: string
  readonly severity: Severity
  readonly title: string
}

export interface AdvisoryReport {
  readonly advisories: readonly Advisory[]
  /** Dependencies that the tool could not look up. */
  readonly unaudited: readonly string[]
}

export function countBySeverity(advisories: readonly Advisory[]): Counts<Severity> {
  const count = (wanted: Severity): number => advisories.filter((one) => one.severity === wanted).length
  return { critical: count('critical'), high: count('high'), moderate: count('moderate'), low: count('low'), info: count('info'), unknown: count('unknown') }
}

/** What `npm audit --json`, `pnpm audit --json` or `pip-audit --format json` wrote. Throws a `TypeError` for anything else. */
export function auditAdvisories(value: unknown): AdvisoryReport {
  if (Array.isArray(value)) return pipAudit({ dependencies: value })
  const found = record<unknown>((inner) => inner)(value, 'audit')
  if (found['error'] !== undefined) throw new TypeError(`the audit itself failed: ${failureOf(found)}`)
  if (found['dependencies'] !== undefined && Array.isArray(found['dependencies'])) return pipAudit(found)
  if (found['vulnerabilities'] !== undefined && found['auditReportVersion'] !== undefined) return npmAudit(found['vulnerabilities'])
  if (found['advisories'] !== undefined) return olderNpmAudit(found['advisories'])
  throw new TypeError('it is no audit of npm, pnpm or pip-audit in JSON; let other tools write SARIF')
}

function failureOf({ error, message }: Readonly<Record<string, unknown>>): string {
  const parts = typeof error === 'object' && error !== null ? Object.entries(error).filter(([key]) => ['code', 'summary', 'detail', 'message'].includes(key)).map(([, part]) => part) : [error, message]
  return parts.filter((part) => typeof part === 'string' && part !== '').join(': ') || 'it does not say why'
}

function severity(written: string | undefined): Severity {
  const word = written?.toLowerCase()
  return severities.find((known) => known === (word === 'medium' ? 'moderate' : word)) ?? 'unknown'
}

interface NpmEntry {
  readonly severity?: string
  readonly range?: string
  readonly via: readonly (string | { readonly title?: string; readonly severity?: string; readonly url?: string })[]
}

const via: Decoder<NpmEntry['via'][number]> = (value, at) =>
  (typeof value === 'string' ? value : object<Exclude<NpmEntry['via'][number], string>>({ title: optional(text), severity: optional(text), url: optional(text) })(value, at))
const npmEntries = record(object<NpmEntry>({ severity: optional(text), range: optional(text), via: list(via) }))

/** One for each dependency, as npm counts them itself. */
function npmAudit(value: unknown): AdvisoryReport {
  const advisories = Object.entries(npmEntries(value, 'vulnerabilities')).map(([name, entry]) => {
    const titles = entry.via.map((one) => (typeof one === 'string' ? `by way of ${one}` : [one.title, one.url].filter((part) => part !== undefined).join(' ')))
    return { dependency: `${name} ${entry.range ?? ''}`.trim(), severity: severity(entry.severity), title: titles.join('; ') }
  })
  return { advisories, unaudited: [] }
}

interface OlderEntry {
  readonly module_name: string
  readonly severity?: string
  readonly title?: string
  readonly url?: string
}

const olderEntries = record(object<OlderEntry>({ module_name: text, severity: optional(text), title: optional(text), url: optional(text) }))

function olderNpmAudit(value: unknown): AdvisoryReport {
  const advisories = Object.values(olderEntries(value, 'advisories')).map((one) => ({
    dependency: one.module_name, severity: severity(one.severity), title: [one.title, one.url].filter((part) => part !== undefined).join(' '),
  }))
  return { advisories, unaudited: [] }
}

interface PipEntry {
  readonly name: string
  readonly version?: string
  readonly skip_reason?: string
  readonly vulns?: readonly { readonly id: string; readonly fix_versions?: readonly string[] }[]
}

const pip = object<{ readonly dependencies: readonly PipEntry[] }>({
  dependencies: list(object<PipEntry>({
    name: text, version: optional(text), skip_reason: optional(text),
    vulns: optional(list(object<NonNullable<PipEntry['vulns']>[number]>({ id: text, fix_versions: optional(list(text)) }))),
  })),
})

/** pip-audit tells no severities. */
function pipAudit(value: unknown): AdvisoryReport {
  const { dependencies } = pip(value, 'audit')
  return {
    advisories: dependencies.flatMap(({ name, version = '', vulns = [] }) => vulns.map(({ id, fix_versions: fixes = [] }) => ({
      dependency: `${name} ${version}`.trim(), severity: 'unknown' as const, title: fixes.length === 0 ? id : `${id}, repaired in ${fixes.join(', ')}`,
    }))),
    unaudited: dependencies.filter(({ skip_reason: why }) => why !== undefined).map(({ name, skip_reason: why }) => `${name}: ${why}`),
  }
}
