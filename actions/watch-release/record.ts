import { budgetsUsed } from '../../core/delivery/budgets.js'
import type { BudgetSpent } from '../../core/domain/budget-gate.js'
import { countedBy } from '../../core/domain/vigil.js'
import type { WatchedFact, WatchingFact, WatchPolicy } from '../../core/domain/watch-facts.js'
import { sameWatcher, watcherKey, watchOf, type Watch } from '../../core/domain/watch-record.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Reason, WatchOutcome } from './outcome.js'
import { outcome, type Facts } from './report.js'
import { stateOf, type Session } from './session.js'

const LONGEST_BEAT_MS = 3 * 60_000

/** A watcher says so often that it lives. */
export function beatMs({ forMs }: WatchPolicy): number {
  return Math.min(LONGEST_BEAT_MS, forMs / 4)
}

/** The watcher that says it lives and is not known to be dead; another one than this. */
export function livingWatcher({ watcher }: Pick<Watch, 'watcher'>, { clock, run, process }: Ambient): NonNullable<Watch['watcher']> | undefined {
  if (watcher === undefined || watcher.until <= clock.now() || sameWatcher(watcher.run, run)) return undefined
  return watcher.run.host === run.host && !process.alive(watcher.run.pid, watcher.run.started) ? undefined : watcher
}

/** Says who watches and how far it is. `forMs` of 0: whoever comes next goes on. */
export async function speak(session: Session, forMs: number, ambient: Ambient, ledger = session.ports.ledger): Promise<void> {
  const { watch, request: { environment } } = session
  const at = ambient.clock.now()
  const { watcher } = watch
  const passed = watcher !== undefined && watcher.until > at && !sameWatcher(watcher.run, ambient.run) && livingWatcher(watch, ambient) === undefined
  const fact: WatchingFact = { type: 'watching', at, delivery: watch.delivery, run: ambient.run, until: at + forMs, ...(passed ? { dead: watcherKey(watcher.run) } : {}), state: stateOf(session) }
  await ledger.record(environment.name, fact)
}

/** Takes the watch over; the reason when it is not to be had any more. */
export async function claim(session: Session, ambient: Ambient): Promise<WatchOutcome | undefined> {
  await speak(session, holdMs(session), ambient)
  return takenAway(session, ambient)
}

/** Long enough that one word may get lost. */
export function holdMs({ request: { policy } }: Session): number {
  return (beatMs(policy) * 5) / 3
}

/** Whether the watch is still ours: another release may serve, and somebody else may have ended it. */
export async function takenAway(session: Session, ambient: Ambient): Promise<WatchOutcome | undefined> {
  const { request, watch, ports } = session
  const now = watchOf(await ports.ledger.history(request.environment.name))
  if (now?.delivery !== watch.delivery) {
    const { reason, message } = replacedBy(now, watch)
    return recordEnd(session, reason, message, {}, ambient)
  }
  if (now.ended !== undefined) return outcome(request, 'watched-elsewhere', `Another run ended the watch of ${watch.release.version} as \`${now.ended.reason}\`: ${now.ended.detail}`, { watch, session })
  const living = livingWatcher(now, ambient)
  return living === undefined ? undefined : outcome(request, 'watched-elsewhere', `Run ${living.run.id} of ${living.run.workflow} watches ${watch.release.version} already.`, { watch, session })
}

export function replacedBy(now: Watch | undefined, { release }: Watch): { readonly reason: 'released-again' | 'taken-back'; readonly message: string } {
  if (now === undefined) return { reason: 'taken-back', message: `${release.version} was taken back meanwhile.` }
  return { reason: 'released-again', message: `${now.release.version} has all traffic now, by delivery ${now.delivery}; ${release.version} is watched no more.` }
}

/** The last word on a watch. What was seen stays seen when it can't be recorded. */
export async function recordEnd(session: Session, reason: Reason, message: string, facts: Pick<Facts, 'cause' | 'back'>, ambient: Ambient, ledger = session.ports.ledger): Promise<WatchOutcome> {
  const { request, watch, verdict } = session
  const budgets = await used(session, ambient)
  const told = outcome(request, reason, message, { watch, session, budgets, ...facts })
  const fact: WatchedFact = { type: 'watched', at: ambient.clock.now(), delivery: watch.delivery, version: watch.release.version, ok: told.ok, reason, ...(facts.cause === undefined ? {} : { cause: facts.cause }), detail: message, counted: countedBy(verdict), ...(budgets.length === 0 ? {} : { budgets }) }
  try {
    await ledger.record(request.environment.name, fact)
  } catch (fault) {
    ambient.log.warn(`The end of the watch was not recorded: ${messageOf(fault)}`)
  }
  return told
}

/** Told with the end, whatever it is; a source that does not answer keeps nobody from it. */
async function used({ request: { environment }, ports, arm, watch }: Session, ambient: Ambient): Promise<readonly BudgetSpent[]> {
  try {
    return await budgetsUsed(environment.slo, ports.slo, { arm, spanMs: ambient.clock.now() - watch.startedAt })
  } catch (fault) {
    ambient.log.warn(`What the release used of the error budget is not known: ${messageOf(fault)}`)
    return []
  }
}
