import type { BackupFacts } from '../../core/delivery/backup/facts.js'
import { differenceParts } from '../../core/delivery/backup/differences.js'
import type { BackupRequest } from '../../core/delivery/backup/request.js'
import { factsTable } from '../../core/delivery/report.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Summary, SummaryPart } from '../../core/domain/outcome.js'
import { megabytes } from '../../core/domain/readable-size.js'
import type { Fingerprint } from '../../core/domain/receipt.js'
import { good, reasons, type BackupOutcome, type Reason } from './outcome.js'
import { fatesParts } from './report-retention.js'

const MOST_ROWS = 20

const NOTHING: BackupOutcome['outputs'] = { receipt: '', 'receipt-id': '', object: '', sha256: '', bytes: '', verified: '', age: '', removed: '', lag: '' }

/** Outputs that there is nothing to say for are empty. */
export function plainOutcome(reason: Reason, message: string, said: Partial<BackupOutcome['outputs']>, { title, parts }: Summary): BackupOutcome {
  return { ok: good.has(reason), reason, message, outputs: { ...NOTHING, ...said }, summary: { title, parts: [{ kind: 'text', text: `${reasons[reason]} ${message}` }, ...parts] } }
}

export function backupOutcome(request: BackupRequest, reason: Reason, message: string, facts: BackupFacts): BackupOutcome {
  const { receipt } = facts
  const said = receipt === undefined ? {} : {
    receipt: JSON.stringify(receipt), 'receipt-id': receipt.id, object: receipt.object, sha256: receipt.sha256, bytes: String(receipt.bytes),
    verified: String(receipt.verified !== null),
    ...(facts.pruned === undefined ? {} : { removed: JSON.stringify(facts.pruned.filter(({ fate }) => fate === 'removed').map((one) => one.receipt.id)) }),
  }
  return plainOutcome(reason, message, said, {
    title: `Back up ${facts.about?.name ?? 'the database'} of ${request.environment}: ${reason}`,
    parts: [
      ...(facts.warnings ?? []).map((text) => ({ kind: 'text' as const, text: `Warning: ${text}` })),
      factsTable(observed(facts)),
      ...differenceParts('Database', facts.differences),
      ...(facts.versions ?? []).map(({ name, first, second }) => ({
        kind: 'text' as const, text: `Extension \`${name}\` is ${first} in the database and would come back as ${second}, the version this server offers.`,
      })),
      ...largestTables(facts.verified?.fingerprint),
      ...fatesParts(facts.pruned),
      ...(facts.plan === undefined ? [] : [{ kind: 'details' as const, title: 'Plan', text: facts.plan.join('\n') }]),
    ],
  })
}

function observed({ about, stored, verified, listed, receipt, version, revision }: BackupFacts): readonly (readonly [string, string])[] {
  const rows = Object.values(stored?.fingerprint.rows ?? {})
  return [
    ...(about === undefined ? [] : [['Database', `${about.name} on ${about.host}:${about.port}, ${megabytes(about.bytes)}`] as const]),
    ...(stored === undefined ? [] : [
      ['Tables, rows', `${rows.length}, ${rows.reduce((sum, count) => sum + count, 0)}`] as const,
      ['Dump', `${megabytes(stored.bytes)} (${stored.compression}) in ${readableDuration(stored.dumpMs)}`] as const,
      ['Encrypted for', stored.encryptedFor?.join(', ') ?? 'nobody: anybody can read it'] as const,
    ]),
    ...(verified === undefined ? [] : [['Restored and compared', `${verified.where ?? 'on the same server'}, in ${readableDuration(verified.restoreMs)} and ${readableDuration(verified.compareMs)}`] as const]),
    ...(listed === undefined ? [] : [['Read whole', `${listed.entries} objects; not restored`] as const]),
    ['Receipt', receipt === undefined ? 'none' : `${receipt.id}${receipt.verified === null ? ', unverified' : ''}`],
    ...(receipt === undefined ? [] : [['Kept in', [receipt.store, ...(receipt.copies ?? []).map(({ store }) => store)].join(' and ')] as const]),
    ['Release', version === undefined || version === '' ? 'not known' : version],
    ['Schema revision', revision ?? 'not read'],
  ]
}

function largestTables(fingerprint: Fingerprint | undefined): readonly SummaryPart[] {
  const tables = Object.entries(fingerprint?.rows ?? {}).toSorted(([, a], [, b]) => b - a)
  if (tables.length === 0) return []
  return [{ kind: 'table', title: 'Largest tables', columns: ['Table', 'Rows'], rows: tables.slice(0, MOST_ROWS).map(([name, count]) => [name, String(count)]) }]
}
