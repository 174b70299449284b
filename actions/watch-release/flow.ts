import { heal } from '../../core/delivery/heal.js'
import { withHold } from '../../core/delivery/hold.js'
import { isLeaseLost } from '../../core/delivery/patience.js'
import { readableDuration } from '../../core/domain/duration.js'
import { watchOf, type Watch } from '../../core/domain/watch-record.js'
import { InputError, messageOf, StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { glance } from './glance.js'
import type { WatchOutcome } from './outcome.js'
import { livingWatcher, recordEnd, speak } from './record.js'
import { outcome } from './report.js'
import { openSession, type Session, type WatchPorts, type WatchRequest } from './session.js'
import { stay } from './stay.js'

/** After so long a window is not looked at any more: what happens by then has other causes than the release. */
const LEAST_GRACE_MS = 10 * 60_000

/** Watches the release that has all traffic against what the release before had, and goes back when evidence says so. */
export async function watchRelease(request: WatchRequest, ports: WatchPorts, ambient: Ambient): Promise<WatchOutcome> {
  const opened: Opened = {}
  const ended = await watched(request, ports, opened, ambient)
  await opened.session?.notes.end(ended)
  return ended
}

/** What is open of it when it ends, however it does. */
interface Opened {
  session?: Session
}

async function watched(request: WatchRequest, ports: WatchPorts, opened: Opened, ambient: Ambient): Promise<WatchOutcome> {
  try {
    // 1. What a dead run left open is closed first: a watcher may have died while it went back.
    await healDead(request, ports, ambient)

    // 2. What is there to watch, by the record, and does somebody watch it already?
    const history = await ports.ledger.history(request.environment.name)
    const watch = watchOf(history)
    const not = nothingToDo(request, watch, ambient)
    if (watch === undefined || not !== undefined) return not ?? outcome(request, 'nothing-to-watch', NOTHING, {})

    // 3. What is it held against? Without anything, nobody could ever say that it is well.
    const session = await openSession(request, ports, watch, history, ambient)
    opened.session = session
    const blind = blindness(session)
    if (blind !== undefined) return await blind(ambient)
    const missed = missedWindow(session, ambient)
    if (missed !== undefined) return await recordEnd(session, missed.reason, missed.message, {}, ambient)

    await preflight(session, ambient)

    // 4. Stay until the window's end, or look and hand on.
    const modes = { run: stay, look: glance, begin } as const
    return await modes[request.mode](session, ambient)
  } catch (fault) {
    if (isLeaseLost(fault)) return outcome(request, 'preempted', 'Another run took over before this one had begun to go back.', {})
    if (ambient.signal.aborted) return outcome(request, 'cancelled', 'The run was cancelled; the next look goes on with the watch.', {})
    throw fault
  }
}

/** A trigger that can't be asked as it is written is for whoever wrote it; one that does not answer just now is silent, and ends no watch. */
async function preflight({ lookout }: Session, { log, signal }: Ambient): Promise<void> {
  try {
    await lookout.preflight()
  } catch (fault) {
    signal.throwIfAborted()
    if (fault instanceof InputError && !fault.passing) throw fault
    log.warn(`Not all triggers can be asked now: ${messageOf(fault)}`)
  }
}

/** What it is held against may be far down in the record when somebody comes to stay. */
async function begin(session: Session, ambient: Ambient): Promise<WatchOutcome> {
  const { request, watch, until } = session
  await speak(session, 0, ambient)
  return outcome(request, 'still-watching', `${watch.release.version} is to be watched until ${new Date(until).toISOString()}, by whoever comes next.`, { watch, session })
}

const NOTHING = 'No delivery is on record that brought what serves now live.'

async function healDead({ environment: { name } }: WatchRequest, ports: WatchPorts, ambient: Ambient): Promise<void> {
  const open = await ports.ledger.inFlight(name)
  if (!open.some(({ alive }) => !alive)) return
  try {
    await withHold(ports.ledger, name, { preempt: false }, ambient, (hold) => heal(ports, hold, ambient))
  } catch (fault) {
    // Whoever holds the environment now heals it as their own first step.
    if (!(fault instanceof StateError) || fault.code !== 'lease-held') throw fault
  }
}

function nothingToDo(request: WatchRequest, watch: Watch | undefined, ambient: Ambient): WatchOutcome | undefined {
  const { policy, version } = request
  if (version !== undefined && watch?.release.version !== version) {
    return outcome(request, watch === undefined ? 'taken-back' : 'released-again', `${version} is to be watched, and ${watch === undefined ? 'what serves was brought back, or is on no record' : `${watch.release.version} serves`}.`, { ...(watch === undefined ? {} : { watch }) })
  }
  if (watch === undefined) return undefined
  const found = { watch }
  if (watch.ended !== undefined) return outcome(request, 'nothing-to-watch', `The watch of ${watch.release.version} ended as \`${watch.ended.reason}\` at ${new Date(watch.ended.at).toISOString()}: ${watch.ended.detail}`, found)
  const over = ambient.clock.now() - (watch.startedAt + policy.forMs)
  // Delivered before there was a `watch`, or before anybody could keep its record.
  if (over > 0 && watch.past === undefined && watch.watcher === undefined) return outcome(request, 'nothing-to-watch', `${watch.release.version} has all traffic for ${readableDuration(over + policy.forMs)}, longer than \`watch.for\`.`, found)
  const living = livingWatcher(watch, ambient)
  if (living === undefined) return undefined
  return outcome(request, 'watched-elsewhere', `Run ${living.run.id} of ${living.run.workflow} watches ${watch.release.version}, and speaks again by ${new Date(living.until).toISOString()}.`, found)
}

/** Why nothing could be judged, as what is to be done about it. Set right in the file, a missing source can still be of use in the same window. */
function blindness(session: Session): ((ambient: Ambient) => Promise<WatchOutcome>) | undefined {
  const { request, ports, watch, against, triggers } = session
  const { name } = request.environment
  if (triggers.length > 0) return undefined
  if (ports.metrics === undefined) return async () => outcome(request, 'no-metrics', `Set \`judge.metrics\` of \`${name}\`.`, { watch })
  if (against.checks.length > 0) return undefined
  const { unknown, unwatched } = session
  if (unknown.length === 0 && unwatched.length > 0) return (ambient) => recordEnd(session, 'no-past', `Nothing of ${watch.release.version} can be watched: ${unwatched.join(', ')} can only be compared with a release that serves beside. Leave \`triggers.high-error-rate\` on.`, {}, ambient)
  if (watch.previous === undefined) return (ambient) => recordEnd(session, 'first-release', `Nothing served \`${name}\` before ${watch.release.version}. Set \`judge.errors.ceiling\` to have first releases watched too.`, {}, ambient)
  return (ambient) => recordEnd(session, 'no-past', `No requests of ${watch.previous!.version} were counted before ${watch.release.version} came. Set \`judge.errors.ceiling\`, or deliver with \`strategy: canary\`.`, {}, ambient)
}

function missedWindow({ until, watch, samples, request: { policy } }: Session, ambient: Ambient): { readonly reason: 'unwatched' | 'no-data'; readonly message: string } | undefined {
  const over = ambient.clock.now() - until
  if (over <= Math.max(LEAST_GRACE_MS, policy.forMs / 4)) return undefined
  const message = `The window of ${watch.release.version} ended ${readableDuration(over)} ago, after ${samples} samples, and nobody watched it to its end. Have watch.yml run every few minutes.`
  return { reason: watch.watcher !== undefined && samples === 0 ? 'no-data' : 'unwatched', message }
}
