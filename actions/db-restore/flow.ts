import { endedBy, stoppedBy } from '../../core/delivery/backup/deadline.js'
import { timed } from '../../core/delivery/chronicle.js'
import { dropped } from '../../core/delivery/restore-backup.js'
import { withHold } from '../../core/delivery/hold.js'
import { ageOf, choosePoint, type KeptBackup } from '../../core/domain/restore-point.js'
import { StateError, toldOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Database } from '../../core/ports/database.js'
import { afterwards, type Afterwards } from './afterwards.js'
import { restoreBeside } from './beside.js'
import { chosen, look } from './look.js'
import { ended, replace } from './in-place.js'
import { Verdict, type Reason, type RestoreOutcome } from './outcome.js'
import { inNewCluster } from './new-cluster.js'
import { outcome, planOf } from './report.js'
import { nameFor, type RestoreRequest } from './request.js'
import type { Facts, RestorePorts, Run } from './run.js'
import { reasonOf } from './trouble.js'
import { tellUnfinished } from './unfinished.js'

/** Brings a backup back: into a database of its own, or in the place of the real one, which serves until the copy is equal to its receipt. */
export async function restore(request: RestoreRequest, ports: RestorePorts, ambient: Ambient): Promise<RestoreOutcome> {
  const run: Run = { request, ports, facts: { chronicle: { events: [], steps: [], polls: [], kept: [] }, notes: [] }, phase: 'choose' }
  try {
    // 1. Which backups are there, and which one is meant?
    if (request.mode === 'list') return await list(run, ambient)
    return await (request.target === 'new-cluster' ? inNewCluster(run, ambient) : chosenRestored(run, ambient))
  } catch (fault) {
    const reason = reasonOf(fault, run.phase, stoppedBy(ambient.signal))
    if (reason === undefined) throw fault
    // Nobody knows then which one serves, and the fault says so.
    const unknown = fault instanceof StateError && fault.code === 'replacement-unknown'
    const message = `${toldOf(endedBy(fault, ambient.signal))} ${older(run, reason)}${unknown ? '' : serving(run.facts)}`.trim()
    await ended(run, { ok: false, reason, message }, ambient)
    return outcome(request, reason, message, run.facts, ambient.clock.now())
  }
}

async function list(run: Run, ambient: Ambient): Promise<RestoreOutcome> {
  await look(run, ambient)
  await tellUnfinished(run, undefined, ambient)
  const { kept, shelves } = run.facts.backups!
  const verified = kept.filter(({ receipt }) => receipt.verified !== null).length
  const message = kept.length === 0 ? `There is no backup of \`${run.request.environment.name}\`.` : `${kept.length} ${kept.length === 1 ? 'backup' : 'backups'}, ${verified} of them restored for proof.`
  // What a store that can't be read has is not in the list.
  const faults = shelves.flatMap(({ fault }) => fault ?? [])
  return outcome(run.request, 'listed', [message, ...faults].join(' '), run.facts, ambient.clock.now())
}

async function chosenRestored(run: Run, ambient: Ambient): Promise<RestoreOutcome> {
  const { request, facts } = run
  const { backup, database } = await timed(facts.chronicle, 'choose', ambient, () => choose(run, ambient))
  facts.plan = planOf(request, facts, ambient.clock.now())
  for (const line of facts.plan) ambient.log.info(line)
  if (request.dryRun) return outcome(request, 'planned', facts.plan[0]!, facts, ambient.clock.now())

  // 2. Beside the real database, compared; then under its own name, or in the other's place.
  // 3. What the application needs of it: schema, caches, a look at what users see.
  const after = request.target === 'new' ? await inNew(run, backup, database, ambient) : await inPlace(run, backup, database, ambient)
  const reason: Reason = after.reason ?? (request.target === 'new' ? 'restored' : 'replaced')
  const message = `${serving(facts)} ${after.message}`.trim()
  await ended(run, { ok: after.reason === undefined, reason, message }, ambient)
  return outcome(request, reason, message, facts, ambient.clock.now())
}

async function choose(run: Run, ambient: Ambient): Promise<{ readonly backup: KeptBackup; readonly database: Database }> {
  const { request, ports, facts } = run
  await look(run, ambient)
  run.phase = 'look'
  const database = await ports.database()
  if (!request.dryRun) for (const name of await database.sweep()) ambient.log.info(`Dropped \`${name}\`, which a run that is gone had left.`)
  facts.about = await database.about()
  await tellUnfinished(run, database, ambient)
  const backup = chosen(run, { database: facts.about.name }, ambient)
  await mayGo(run, database, ambient)
  return { backup, database }
}

/** Said before hours are spent on a restore that can't end. */
async function mayGo({ request, facts }: Run, database: Database, ambient: Ambient): Promise<void> {
  const name = facts.about!.name
  if (facts.receipt!.kind === 'archive') {
    const by = request.target === 'new' ? 'give `target: new-cluster` and a `folder`, and it is restored there' : 'a restore in place stops the server, and is done by hand as `action-docs/disaster-recovery.md` says; `target: new-cluster` restores it beside'
    throw new Verdict('restore-failed', `The backup ${facts.receipt!.id} is kept by pgBackRest, which restores whole clusters, not one database: ${by}.`)
  }
  if (request.target === 'new') {
    facts.into = request.into ?? nameFor(name, ambient.clock.now())
    if (await database.has(facts.into)) throw new Verdict('name-taken', `A database named \`${facts.into}\` is there already. Choose another name with \`into\`, or drop it yourself.`)
    return
  }
  if (!request.dryRun && request.confirm !== name) {
    throw new Verdict('not-confirmed', `Input \`confirm\` is "${request.confirm ?? ''}", and the database is \`${name}\` on ${facts.about!.host}:${facts.about!.port}. Type its name to have it replaced.`)
  }
  await database.refuseReplacement()
}

async function inPlace(run: Run, backup: KeptBackup, database: Database, ambient: Ambient): Promise<Afterwards> {
  const ledger = await run.ports.ledger(ambient)
  return withHold(ledger, run.request.environment.name, { preempt: false }, ambient, async (hold) => {
    await replace(run, { backup, database, ledger, hold }, ambient)
    return afterwards(run, ambient)
  })
}

async function inNew(run: Run, backup: KeptBackup, database: Database, ambient: Ambient): Promise<Afterwards> {
  const { facts } = run
  const name = facts.into!
  const scratch = await restoreBeside(run, backup, database, ambient)
  try {
    ambient.signal.throwIfAborted()
    await timed(facts.chronicle, 'swap', ambient, () => database.keepAs(scratch, name))
    facts.database = name
    facts.lostMs = ageOf(backup.receipt, ambient.clock.now())
  } finally {
    await dropped(scratch, ambient)
  }
  return afterwards(run, ambient)
}

/** Where to go on from when no store has what was chosen. */
function older({ request, facts }: Run, reason: Reason): string {
  if (reason !== 'backup-corrupt' || facts.receipt === undefined) return ''
  const { app, name: environment } = request.environment
  const point = choosePoint(facts.backups!.kept, { app, environment, unverified: false, before: Date.parse(facts.receipt.takenAt) - 1, database: facts.about!.name, now: 0 })
  return point.kind === 'chosen' ? `The next older verified one is ${point.backup.receipt.id}. ` : ''
}

/** Which database holds what now, in a sentence. */
function serving({ database, kept, receipt, about, from }: Facts): string {
  if (database === undefined) return about === undefined ? '' : `The database \`${about.name}\` is as it was.`
  const what = `\`${database}\` holds the backup ${receipt!.id}${from === undefined ? '' : ` from ${from}`}, with data of ${receipt!.takenAt}.`
  return kept === undefined || about === undefined ? what : `${what} What was there before is kept as \`${kept}\`.`
}
