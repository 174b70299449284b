import { timed } from '../../core/delivery/chronicle.js'
import { dropped } from '../../core/delivery/restore-backup.js'
import { safetyBackup } from '../../core/delivery/backup/safety.js'
import type { Hold } from '../../core/delivery/hold.js'
import { ageOf, type KeptBackup } from '../../core/domain/restore-point.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Database } from '../../core/ports/database.js'
import type { Ledger } from '../../core/ports/ledger.js'
import { assertReplaceable, restoreBeside } from './beside.js'
import { Verdict, type Reason } from './outcome.js'
import type { Run } from './run.js'
import { endUnfinished } from './unfinished.js'

/** A cancelled run is killed soon. */
const LAST_WORD_MS = 3000

interface Means {
  readonly backup: KeptBackup
  readonly database: Database
  readonly ledger: Ledger
  readonly hold: Hold
}

/** The backup takes the place of the database, at the very last moment and by rename: whatever fails before that leaves it serving. */
export async function replace(run: Run, { backup, database, ledger, hold }: Means, ambient: Ambient): Promise<void> {
  const { request, facts } = run
  await tellOpen(run, ledger, ambient)
  // Nobody else is at work now: what is said of it here stays true.
  await endUnfinished({ ledger, database, environment: request.environment.name, of: { database: facts.about!.name } }, ambient)
  await assertReplaceable(run, database, ambient)
  if (request.safetyBackup) await timed(facts.chronicle, 'safety backup', ambient, () => keepWhatIs(run, { database, ledger }, ambient))
  else facts.notes.push('No safety backup was taken, because `safety-backup` is `false`: what was written since the backup is in the database that is kept beside, and nowhere else.')
  const scratch = await restoreBeside(run, backup, database, ambient)
  try {
    hold.signal.throwIfAborted()
    run.phase = 'swap'
    facts.kept = await timed(facts.chronicle, 'swap', ambient, () => database.replaceWith(scratch, (kept) => announce(run, { kept, ledger, hold }, ambient)))
    facts.database = facts.about!.name
    facts.revision = backup.receipt.schemaRevision === '' ? undefined : backup.receipt.schemaRevision
    facts.lostMs = ageOf(backup.receipt, ambient.clock.now())
    ambient.log.info(`\`${facts.database}\` is the restored one; the one before is kept as \`${facts.kept}\`.`)
  } finally {
    await dropped(scratch, ambient)
  }
}

/** Recorded with the name that the database before will have: whoever is killed after this does not say it any more. */
async function announce(run: Run, { kept, ledger, hold }: Pick<Means, 'ledger' | 'hold'> & { readonly kept: string }, ambient: Ambient): Promise<void> {
  const { request, facts } = run
  const { name } = facts.about!
  run.phase = 'record'
  await ledger.record(request.environment.name, { type: 'restoring', at: ambient.clock.now(), receipt: facts.receipt!.id, database: name, run: ambient.run.id, kept })
  facts.announced = true
  ambient.remember('restoring', name)
  hold.signal.throwIfAborted()
  run.phase = 'swap'
  ambient.log.step(`Put the copy in the place of \`${name}\``)
}

/** How it ended, for the ledger. What was done stays done when that can't be written. */
export async function ended({ request, ports, facts }: Run, how: { readonly ok: boolean; readonly reason: Reason; readonly message: string }, ambient: Ambient): Promise<void> {
  if (facts.announced === undefined && facts.database === undefined) return
  const at = ambient.clock.now()
  try {
    const around = ambient.signal.aborted ? ambient.shielded(LAST_WORD_MS) : ambient
    await (await ports.ledger(around)).record(request.environment.name, {
      type: 'restored', at, receipt: facts.receipt!.id, database: recordedName(request, facts), kept: facts.kept ?? '', ok: how.ok, reason: how.reason, detail: how.message,
      tookMs: Math.round(at - request.startedAt), lostMs: Math.round(facts.lostMs ?? 0),
      ...(facts.revision === undefined ? {} : { schema: facts.revision }),
    })
    ambient.remember('restoring', '')
  } catch (fault) {
    ambient.log.warn(`How the restore ended is not in the ledger: ${messageOf(fault)}`)
  }
}

/** One of the same name in a cluster of its own is another database. */
function recordedName({ folder }: Run['request'], { database = '' }: Run['facts']): string {
  return folder === undefined ? database : `${database} in ${folder}`
}

async function keepWhatIs(run: Run, { database, ledger }: Pick<Means, 'database' | 'ledger'>, ambient: Ambient): Promise<void> {
  const { request, ports, facts } = run
  run.phase = 'safety'
  ambient.log.step(`Back \`${facts.about!.name}\` up as it is`)
  const { environment, policy } = request
  const [first] = facts.backups!.shelves
  if (first?.store === undefined || first.fault !== undefined) throw new Verdict('safety-backup-failed', `${first?.fault ?? 'No store is there.'} ${WITHOUT}`)
  for (const name of await first.store.sweep()) ambient.log.info(`Removed \`${name}\`, which a run that is gone had left.`)
  facts.safety = await safetyBackup(
    { app: environment.app, environment: environment.name, version: facts.live?.version ?? '', policy },
    { database, store: first.store, ledger, encryption: ports.encryption }, ambient,
  )
  ambient.log.info(`What was there is in ${facts.safety.store} as \`${facts.safety.object}\`, receipt ${facts.safety.id}.`)
}

const WITHOUT = 'If the database can not be read any more, give `safety-backup: false`: it is kept beside all the same.'

/** Whoever left it decides about traffic, not about data: it is told and not touched. */
async function tellOpen({ request, facts }: Run, ledger: Ledger, ambient: Ambient): Promise<void> {
  for (const { intent, id } of await ledger.inFlight(request.environment.name)) {
    const told = `The ${intent.kind} of ${intent.release.version} (${id}) was left unfinished. Run rollback or reconcile when the data is back.`
    ambient.log.warn(told)
    facts.notes.push(told)
  }
}
