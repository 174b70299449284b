import { differenceParts } from '../../core/delivery/backup/differences.js'
import { factsTable } from '../../core/delivery/report.js'
import { boundReceipts } from '../../core/domain/bound-receipts.js'
import { readableDays, readableDuration } from '../../core/domain/duration.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { megabytes } from '../../core/domain/readable-size.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { ageOf, type KeptBackup } from '../../core/domain/restore-point.js'
import { reasons, type Reason, type RestoreOutcome } from './outcome.js'
import type { RestoreRequest } from './request.js'
import type { Facts } from './run.js'

const GREEN: readonly Reason[] = ['restored', 'replaced', 'listed', 'planned']

export function planOf(request: RestoreRequest, facts: Facts, now: number): readonly string[] {
  const { receipt, about } = facts
  const { name } = about!
  const where = `\`${name}\` on ${about!.host}:${about!.port} (PostgreSQL ${about!.serverVersion}, client ${about!.clientVersion})`
  const first = `Backup ${receipt!.id} of release ${receipt!.version || 'unknown'}, ${megabytes(receipt!.bytes)}, with data of ${receipt!.takenAt}: what was written in the ${readableDays(ageOf(receipt!, now))} since is not in it.`
  if (request.target === 'new') return [first, `Restore it as \`${facts.into}\` beside ${where}, and compare it with its receipt. Nothing is replaced.`]
  return [
    first,
    request.safetyBackup ? `Back up ${where} as it is.` : 'Take no safety backup.',
    `Restore beside \`${name}\`, compare with the receipt, end the connections and swap by rename; the database before is kept.${request.confirm === name ? '' : ` Give \`confirm: ${name}\` to have it done.`}`,
    `Then: ${then(request).join(', ')}.`,
  ]
}

function then({ environment: { migrate, flushCache, checks, url }, forward }: RestoreRequest): readonly string[] {
  const steps = [
    ...(forward && migrate?.up !== undefined ? ['migrate forward'] : []),
    ...(flushCache === undefined ? [] : ['empty the caches']),
    ...(url !== undefined && checks.length > 0 ? ['check what users see'] : []),
  ]
  return steps.length === 0 ? ['nothing, for no migration, cache or check is configured'] : steps
}

export function outcome(request: RestoreRequest, reason: Reason, message: string, facts: Facts, now: number): RestoreOutcome {
  const { name, objectives } = request.environment
  const back = facts.database !== undefined && (reason === 'restored' || reason === 'replaced' || facts.lostMs !== undefined)
  const tookMs = now - request.startedAt
  const met = objectives === undefined || tookMs <= objectives.rtoMs
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: {
      'receipt-id': facts.receipt?.id ?? '',
      database: back ? facts.database! : '',
      connection: facts.connection ?? '',
      kept: facts.kept ?? '',
      'safety-receipt': facts.safety?.id ?? '',
      seconds: back ? (tookMs / 1000).toFixed(3) : '',
      'lost-seconds': facts.lostMs === undefined ? '' : (facts.lostMs / 1000).toFixed(0),
      'rto-met': back && objectives !== undefined ? String(met) : '',
      receipts: request.mode === 'list' && facts.backups !== undefined ? JSON.stringify(facts.backups.kept.map(({ receipt }) => listed(receipt))) : '',
    },
    summary: {
      title: `${request.mode === 'list' ? 'Backups of' : 'Restore'} ${name}: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        ...(request.mode === 'list' ? [] : [factsTable(observed(request, facts))]),
        ...(back ? timeParts(facts, tookMs, objectives?.rtoMs) : []),
        ...(facts.kept === undefined ? [] : [keptPart(facts)]),
        ...differenceParts('Receipt', facts.differences),
        ...facts.notes.map((text) => ({ kind: 'text' as const, text })),
        ...listParts(request, facts, now),
        ...checkParts(facts),
        ...(facts.lastLines?.length ? [{ kind: 'details' as const, title: 'Last lines of the command', text: facts.lastLines.join('\n') }] : []),
        ...(facts.plan === undefined ? [] : [{ kind: 'details' as const, title: 'Plan', text: facts.plan.join('\n') }]),
      ],
    },
  }
}

function observed(request: RestoreRequest, { receipt, about, from, connection, safety, schema, live, lostMs, backups }: Facts): readonly (readonly [string, string])[] {
  const stores = (backups?.shelves ?? []).map(({ store, fault }) => fault ?? store?.place ?? '')
  return [
    ['Backup', receipt === undefined ? 'none' : `${receipt.id}, ${megabytes(receipt.bytes)}, data of ${receipt.takenAt}`],
    ...(about === undefined ? [] : [['Database', `${about.name} on ${about.host}:${about.port}, ${megabytes(about.bytes)}`] as const]),
    ['Stores', stores.join('; ')],
    ...(from === undefined ? [] : [['Restored from', from] as const]),
    ...(request.target !== 'in-place' ? [] : [['Safety backup', safety === undefined ? 'none' : `${safety.id}, ${megabytes(safety.bytes)}`] as const]),
    ...(connection === undefined ? [] : [['Connection', connection] as const]),
    ['Live release', live?.version ?? 'not known'],
    ...(schema === undefined ? [] : [['Schema', `${schema.before} → ${schema.after}`] as const]),
    ...(lostMs === undefined ? [] : [['Lost', `what was written in the ${readableDays(lostMs)} before it came back`] as const]),
  ]
}

function timeParts({ chronicle }: Facts, tookMs: number, rtoMs: number | undefined): readonly SummaryPart[] {
  const against = rtoMs === undefined ? '' : `, ${tookMs <= rtoMs ? 'within' : 'MORE THAN'} the ${readableDuration(rtoMs)} of \`objectives.rto\``
  const parts = chronicle.steps.map(({ name, ms }) => [name, readableDuration(ms)])
  return [{ kind: 'table', title: `Took ${readableDuration(tookMs)} from the start of the process${against}`, columns: ['Part', 'Time'], rows: parts }]
}

function keptPart({ kept, database }: Facts): SummaryPart {
  const name = `"${kept!.replaceAll('"', '""')}"`
  return { kind: 'text', text: `What \`${database}\` held before is kept as \`${kept}\`. When nobody needs it any more: \`DROP DATABASE ${name};\`` }
}

function listParts(request: RestoreRequest, facts: Facts, now: number): readonly SummaryPart[] {
  const { backups, history, database } = facts
  if (backups === undefined || backups.kept.length === 0 || (request.mode !== 'list' && (facts.receipt !== undefined || database !== undefined))) return []
  const bound = history === undefined ? undefined : boundReceipts(history)
  const rows = backups.kept.map((backup) => rowOf(backup, backups.shelves.map(({ store }) => store?.place ?? ''), bound?.get(backup.receipt.id) ?? '', now))
  return [{ kind: 'table', title: 'Backups', columns: ['Receipt', 'Data of', 'Age', 'Size', 'Release', 'Schema', 'Verified', 'Where', 'Encrypted for', 'Needed'], rows }]
}

function rowOf({ receipt, stores }: KeptBackup, places: readonly string[], bound: string, now: number): readonly string[] {
  const needed = [bound, receipt.takenFor === 'restore' ? 'taken before a restore' : ''].filter((why) => why !== '').join('; ')
  const proof = receipt.verified === null ? (receipt.listed === undefined ? 'no' : 'read, not restored') : receipt.verified.at
  return [
    receipt.id, receipt.takenAt, readableDays(ageOf(receipt, now)), megabytes(receipt.bytes), receipt.version, receipt.schemaRevision, proof,
    receipt.kind === 'archive' ? `${receipt.store}, kept by pgBackRest` : stores.map((index) => places[index] ?? '').join('; '), receipt.encryptedFor?.join(', ') ?? '', needed,
  ]
}

/** What programs need to choose one. */
function listed({ id, takenAt, bytes, version, schemaRevision, verified, encryptedFor, takenFor, database, kind }: Receipt): Readonly<Record<string, unknown>> {
  return { id, 'taken-at': takenAt, bytes, version, 'schema-revision': schemaRevision, verified: verified !== null, database: database.name, encrypted: encryptedFor !== undefined, safety: takenFor === 'restore', archive: kind === 'archive' }
}

function checkParts({ checks }: Facts): readonly SummaryPart[] {
  if (checks === undefined) return []
  return [{ kind: 'table', title: 'Checks', columns: ['Check', 'State', 'Observed'], rows: checks.results.map(({ name, state, findings }) => [name, state, findings.join('; ')]) }]
}
