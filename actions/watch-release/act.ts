import { bringBack, type Aftermath } from '../../core/delivery/bring-back.js'
import { emptyCaches } from '../../core/delivery/flush-cache.js'
import { heal } from '../../core/delivery/heal.js'
import { withHold, type Hold } from '../../core/delivery/hold.js'
import { runUserCommand, type CommandResult } from '../../core/delivery/user-command.js'
import type { Delivery } from '../../core/delivery/work.js'
import { chooseTarget, rollbackTargets } from '../../core/domain/eligibility.js'
import { sameRelease, type Release } from '../../core/domain/release.js'
import { watchOf } from '../../core/domain/watch-record.js'
import { StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Reason, WatchOutcome } from './outcome.js'
import type { Seen } from './poll.js'
import { recordEnd, replacedBy } from './record.js'
import { outcome } from './report.js'
import type { Session } from './session.js'

type Against = Extract<Seen, { kind: 'against' }>
/** A command of the user's own to empty caches gets so long. */
const COMMAND_WITHIN_MS = 600_000

/**
 * What is done when evidence speaks against the release. `undefined`: somebody goes back already, and whoever preempted that would only
 * delay it. Two watchers never act twice: the lease lets one at a time, and whoever has it looks again what serves.
 */
export async function act(session: Session, seen: Against, ambient: Ambient): Promise<WatchOutcome | undefined> {
  const { request, ports, watch } = session
  const { name } = request.environment
  const why = `${seen.cause} of ${watch.release.version}: ${seen.detail}`
  ambient.log.error(`Evidence speaks against what serves \`${name}\`: ${why}.`)
  if (request.policy.onFail === 'alert') return recordEnd(session, 'alerted', `${why}. Run rollback to go back.`, { cause: seen.cause }, ambient)
  const open = await ports.ledger.inFlight(name)
  if (open.some(({ intent, alive }) => intent.kind === 'rollback' && alive)) return undefined
  try {
    // Going back preempts going forward, whoever decided it: what is on trial beside a bad release goes back too.
    return await withHold(ports.ledger, name, { preempt: true }, ambient, (hold) => goBackHeld(session, seen, why, hold, ambient))
  } catch (fault) {
    // Somebody who goes back as well has asked at the same moment, and was heard.
    if (fault instanceof StateError && fault.code === 'lease-held') return undefined
    throw fault
  }
}

async function goBackHeld(session: Session, { cause }: Against, why: string, hold: Hold, ambient: Ambient): Promise<WatchOutcome> {
  const { request, ports, watch } = session
  const { environment, url } = request
  // 1. Whatever was in flight goes back first, by itself or healed by us.
  await heal(ports, hold, ambient)

  // 2. Is it still what serves? Somebody else may have been faster.
  const [observed, history, kept] = await Promise.all([ports.platform.observe(), ports.ledger.history(environment.name), ports.platform.releases()])
  const now = watchOf(history)
  const stable = observed.stable?.release
  if (now?.delivery !== watch.delivery || (stable !== undefined && !sameRelease(stable, watch.release))) {
    const { reason, message } = replacedBy(now?.delivery === watch.delivery ? undefined : now, watch)
    return recordEnd(session, reason, message, { cause }, ambient)
  }
  if (now.ended !== undefined) return outcome(request, 'watched-elsewhere', `Another run ended the watch as \`${now.ended.reason}\`: ${now.ended.detail}`, { watch, session, cause })

  // 3. Which release can come back?
  const choices = rollbackTargets(history, kept, watch.release, { backwardCompatible: environment.migrate?.backwardCompatible ?? true })
  const chosen = chooseTarget(choices, undefined, { force: false })
  if (chosen.kind !== 'chosen') return recordEnd(session, 'no-way-back', `${why}. ${chosen.message} Look now: run rollback with what the message says, or deliver a better release.`, { cause }, ambient)
  hold.signal.throwIfAborted()

  // 4. As the action rollback does it.
  const { past } = chosen
  const way = { reason: 'rolled-back' as const, target: past.release, past, left: watch.release }
  const asked = { environment, url, because: `watch: ${why}`, startedAt: ambient.clock.now() }
  const brought = await bringBack<Reason>(asked, ports, hold, way, (delivery) => emptied(session, delivery, past.release, ambient), ambient)
  const reason: Reason = brought.reason === 'candidate-abandoned' ? 'rolled-back' : brought.reason
  const { ledger } = await ports.shielded()
  return recordEnd(session, reason, `${why}. ${brought.message}`, { cause, back: brought.seen }, ambient, ledger)
}

/** The caches hold what the release that is gone has put there. */
async function emptied({ request: { environment, url }, ports }: Session, delivery: Delivery, release: Release, ambient: Ambient): Promise<Aftermath<Reason>> {
  const { flushCache, migrate } = environment
  if (flushCache === undefined) return { message: '' }
  const command = async (what: string, script: string): Promise<CommandResult> => {
    delivery.hold.signal.throwIfAborted()
    ambient.log.step(what)
    return runUserCommand({ what, script, in: migrate?.in ?? 'runner', withinMs: migrate?.withinMs ?? COMMAND_WITHIN_MS }, { environment: environment.name, url, release }, ports.platform, ambient)
  }
  const flushed = await emptyCaches(flushCache, { command, cache: ports.cache }, ambient)
  return flushed.why === undefined ? { message: '' } : { reason: 'flush-failed', message: flushed.why }
}
