import { factsTable } from '../../core/delivery/report.js'
import type { Difference, Outline } from '../../core/domain/fingerprint.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import type { Fingerprint, Receipt } from '../../core/domain/receipt.js'
import type { DatabaseAbout } from '../../core/ports/database.js'
import { reasons, type BackupOutcome, type Reason } from './outcome.js'
import type { BackupRequest } from './request.js'

/** A dump in its store, not yet proven. */
export interface Stored {
  readonly id: string
  readonly object: string
  readonly bytes: number
  readonly sha256: string
  readonly compression: string
  readonly takenAt: number
  readonly dumpMs: number
  readonly fingerprint: Fingerprint
  readonly outline: Outline
  /** Where the sequences were when the dump had ended. */
  readonly sequences: Fingerprint['sequences']
}

export interface Verified {
  readonly at: number
  readonly restoreMs: number
  readonly compareMs: number
  readonly fingerprint: Fingerprint
}

/** What was found and done so far. */
export interface Facts {
  about?: DatabaseAbout
  plan?: readonly string[]
  version?: string
  revision?: string
  object?: string
  stored?: Stored
  differences?: readonly Difference[]
  versions?: readonly Difference[]
  verified?: Verified
  receipt?: Receipt
}

const MOST_ROWS = 20

export function planOf(request: BackupRequest, about: DatabaseAbout, store: { readonly place: string; readonly room: number | undefined }): readonly string[] {
  return [
    `Database \`${about.name}\` on ${about.host}:${about.port} (PostgreSQL ${about.serverVersion}, client ${about.clientVersion}), ${megabytes(about.bytes)} on its server, of environment \`${request.environment}\`.`,
    `Stream a dump of one moment into ${store.place}${store.room === undefined ? '' : ` (${megabytes(store.room)} free)`}.`,
    'Restore the stored copy into a scratch database on the same server, compare schema, row counts, sequences, extensions and large objects, drop it again.',
    'Write a receipt only when both are equal; otherwise remove what was stored.',
  ]
}

export function outcome(request: BackupRequest, reason: Reason, message: string, facts: Facts): BackupOutcome {
  const { receipt } = facts
  return {
    ok: reason === 'verified' || reason === 'not-configured',
    reason,
    message,
    outputs: {
      receipt: receipt === undefined ? '' : JSON.stringify(receipt),
      'receipt-id': receipt?.id ?? '',
      object: receipt?.object ?? '',
      sha256: receipt?.sha256 ?? '',
      bytes: receipt === undefined ? '' : String(receipt.bytes),
    },
    summary: {
      title: `Back up ${facts.about?.name ?? 'the database'} of ${request.environment}: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        factsTable(observed(facts)),
        ...differenceParts(facts.differences ?? []),
        ...(facts.versions ?? []).map(({ name, first, second }) => ({
          kind: 'text' as const, text: `Extension \`${name}\` is ${first} in the database and would come back as ${second}, the version this server offers.`,
        })),
        ...largestTables(facts.verified?.fingerprint),
        ...(facts.plan === undefined ? [] : [{ kind: 'details' as const, title: 'Plan', text: facts.plan.join('\n') }]),
      ],
    },
  }
}

function observed({ about, stored, verified, receipt, version, revision }: Facts): readonly (readonly [string, string])[] {
  const rows = Object.values(stored?.fingerprint.rows ?? {})
  return [
    ...(about === undefined ? [] : [['Database', `${about.name} on ${about.host}:${about.port}, ${megabytes(about.bytes)}`] as const]),
    ...(stored === undefined ? [] : [
      ['Tables, rows', `${rows.length}, ${rows.reduce((sum, count) => sum + count, 0)}`] as const,
      ['Dump', `${megabytes(stored.bytes)} (${stored.compression}) in ${readableDuration(stored.dumpMs)}`] as const,
    ]),
    ...(verified === undefined ? [] : [['Restored and compared', `in ${readableDuration(verified.restoreMs)} and ${readableDuration(verified.compareMs)}`] as const]),
    ['Receipt', receipt?.id ?? 'none'],
    ['Release', version === undefined || version === '' ? 'not known' : version],
    ['Schema revision', revision ?? 'not read'],
  ]
}

function differenceParts(differences: readonly Difference[]): readonly SummaryPart[] {
  if (differences.length === 0) return []
  const rows = differences.slice(0, MOST_ROWS).map(({ kind, name, first, second }) => [kind, name, first === '' ? 'not there' : first, second === '' ? 'not there' : second])
  const more = differences.length - rows.length
  return [
    { kind: 'table', title: 'What differs', columns: ['What', 'Name', 'Database', 'Restored copy'], rows },
    ...(more === 0 ? [] : [{ kind: 'text' as const, text: `And ${more} more.` }]),
  ]
}

function largestTables(fingerprint: Fingerprint | undefined): readonly SummaryPart[] {
  const tables = Object.entries(fingerprint?.rows ?? {}).toSorted(([, a], [, b]) => b - a)
  if (tables.length === 0) return []
  return [{ kind: 'table', title: 'Largest tables', columns: ['Table', 'Rows'], rows: tables.slice(0, MOST_ROWS).map(([name, count]) => [name, String(count)]) }]
}

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}
