import { timed } from '../../core/delivery/chronicle.js'
import { compareRestored } from '../../core/domain/archive.js'
import { readableDays } from '../../core/domain/duration.js'
import { megabytes } from '../../core/domain/readable-size.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { ageOf } from '../../core/domain/restore-point.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ClusterAsked, NewCluster, PointInTime } from '../../core/ports/point-in-time.js'
import { ended } from './in-place.js'
import { chosen, look } from './look.js'
import { Verdict, type RestoreOutcome } from './outcome.js'
import { outcome } from './report.js'
import type { RestoreRequest } from './request.js'
import type { Run } from './run.js'
import { tellUnfinished } from './unfinished.js'

/** What pgBackRest keeps, to any moment, as a cluster of its own. Nothing that runs is touched, and the real server need not run. */
export async function inNewCluster(run: Run, ambient: Ambient): Promise<RestoreOutcome> {
  const { request, facts } = run
  const archive = await timed(facts.chronicle, 'choose', ambient, () => choose(run, ambient))
  const receipt = facts.receipt!
  facts.plan = planOf(request, receipt, ambient.clock.now())
  for (const line of facts.plan) ambient.log.info(line)
  if (request.dryRun) return outcome(request, 'planned', facts.plan[0]!, facts, ambient.clock.now())

  run.phase = 'restore'
  ambient.log.step(`Restore a cluster into \`${request.folder!}\``)
  const cluster = await timed(facts.chronicle, 'restore', ambient, () => archive.restoreBeside(asked(request, receipt, ambient.clock.now())))
  try {
    await timed(facts.chronicle, 'compare', ambient, () => compare(run, cluster, receipt))
    ambient.signal.throwIfAborted()
    await timed(facts.chronicle, 'start', ambient, () => cluster.keep())
  } finally {
    await cluster.close().catch((fault: unknown) => ambient.log.warn(`The restored cluster is left to the next run: ${messageOf(fault)}`))
  }
  return running(run, cluster, receipt, ambient)
}

async function choose(run: Run, ambient: Ambient): Promise<PointInTime> {
  const { request, ports } = run
  await look(run, ambient)
  run.phase = 'look'
  const archive = await ports.archive()
  if (!request.dryRun) for (const folder of await archive.sweep()) ambient.log.info(`Removed \`${folder}\`, which a run that is gone had left.`)
  await tellUnfinished(run, undefined, ambient)
  const { receipt } = chosen(run, { database: archive.of.database, archived: true }, ambient)
  refuseOthers(receipt, archive)
  return archive
}

function refuseOthers({ id, kind, store }: Receipt, { of: { place } }: PointInTime): void {
  if (kind !== 'archive') throw new Verdict('restore-failed', `The backup ${id} is a dump of one database, not a cluster that pgBackRest keeps: restore it with \`target: new\`.`)
  if (store !== place) throw new Verdict('restore-failed', `The backup ${id} is in ${store}, and \`backup.pgbackrest\` names ${place}. Name the stanza and the repository that have it.`)
}

function asked({ folder, before }: RestoreRequest, { object, takenAt, moment, database, serverVersion }: Receipt, now: number): ClusterAsked {
  const common = { folder: folder!, label: object, major: Number.parseInt(serverVersion, 10), database: database.name }
  if (before === undefined) return { ...common, to: moment ?? Date.parse(takenAt) }
  // Nothing in the archive is newer than a time to come.
  return before > now ? common : { ...common, to: before }
}

/** Only the moment of the receipt was counted by anybody. */
async function compare({ request, facts }: Run, cluster: NewCluster, { fingerprint, verified, moment, object }: Receipt): Promise<void> {
  if (request.before !== undefined || verified === null) {
    facts.notes.push(verified === null ? 'Nobody has counted what this backup holds, so nothing was compared: look at it.' : 'Nobody has counted what the database held at that moment, so nothing was compared: look at it.')
    return
  }
  const found = await cluster.fingerprint({ checksums: fingerprint.checksums !== undefined })
  const exact = moment?.exact === true
  const differences = compareRestored(fingerprint, found, { exact })
  if (!exact) facts.notes.push('The receipt does not say at which place in the changes it was counted to the row, so the number of rows was not compared.')
  if (differences.length === 0) return
  facts.differences = differences
  const [one] = differences
  throw new Verdict('mismatch', `The cluster restored from \`${object}\` differs from its receipt in ${differences.length} places, first in ${one!.kind} ${one!.name}: "${one!.first}" and "${one!.second}". It was removed.`)
}

async function running(run: Run, { url }: NewCluster, receipt: Receipt, ambient: Ambient): Promise<RestoreOutcome> {
  const { request, facts } = run
  const { before, folder } = request
  const now = ambient.clock.now()
  facts.database = receipt.database.name
  facts.connection = url
  facts.from = receipt.store
  facts.lostMs = before === undefined ? ageOf(receipt, now) : Math.max(0, now - before)
  const far = before === undefined ? `the moment of receipt ${receipt.id}, ${receipt.takenAt}` : before > now ? 'the end of the archive' : new Date(before).toISOString()
  const message = `A cluster restored to ${far} runs in \`${folder!}\`: \`psql '${url}'\`. Nothing uses it, and nothing else was changed.`
  await ended(run, { ok: true, reason: 'restored', message }, ambient)
  return outcome(request, 'restored', message, facts, now)
}

function planOf({ folder, before }: RestoreRequest, receipt: Receipt, now: number): readonly string[] {
  const far = before === undefined ? `the moment it was counted at, ${receipt.takenAt}` : before > now ? 'the end of the archive' : new Date(before).toISOString()
  return [
    `Backup ${receipt.id} of release ${receipt.version || 'unknown'}, ${megabytes(receipt.bytes)} in ${receipt.store}, and the changes since, up to ${far}: ${readableDays(Math.max(0, now - (before ?? Date.parse(receipt.takenAt))))} ago.`,
    `Restore the whole cluster (PostgreSQL ${receipt.serverVersion}) into \`${folder!}\`, ${before === undefined ? 'compare it with the receipt, ' : ''}and start its server on a socket in there. Nothing is replaced.`,
  ]
}
