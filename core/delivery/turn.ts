import type { SchemaChange } from '../domain/history.js'
import type { Diagnosis } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import { EcluseError, messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Ledger } from '../ports/ledger.js'
import type { Platform } from '../ports/platform.js'
import { timed } from './chronicle.js'
import { goBack, goBackTo, leaveToOthers, type WentBack } from './go-back.js'
import { awaited, isLeaseLost } from './patience.js'
import { resultParts, type Delivery, type Grounds } from './work.js'

/** A cancelled run is killed 10 s after its first signal: going back must be done before that. */
export const SHIELD_MS = 7000
/** Nobody waits to kill a run that was not cancelled, and a release that must be started again may take its time. */
export const CALM_MS = 300_000
/** Users wait for the ledger no longer than this before the traffic goes back. */
export const WORD_MS = 2000
const NOT_RECORDED = 'The intent to go back was not recorded'
/** So far back a diagnosis looks. */
const DIAGNOSED_MS = 600_000

export type Interruption = 'cancelled' | 'preempted' | 'error'

/** Why the way forward was left, and what was seen after going back. */
export interface Turned<Reason extends string> {
  readonly reason: Reason | Interruption | 'stuck'
  readonly message: string
  readonly went: WentBack
  readonly diagnosis?: Diagnosis
}

export interface Retreat {
  /** The same platform and ledger in surroundings that a cancel does not stop. */
  readonly shielded: () => Promise<Grounds>
  /** The candidate was promoted already, or nearly: then the release that served before is restored. */
  readonly promoted: boolean
  /** What the migrations did: going back leaves the schema as it is. */
  readonly schema?: SchemaChange | undefined
}

/**
 * Leaves the way forward: traffic goes back, what was seen is recorded and the delivery is closed.
 * Never throws: when even the record can't be written, the answer says so and the next run closes it.
 */
export async function turnBack<Reason extends string>(
  delivery: Delivery,
  why: { readonly reason: Reason | Interruption; readonly message: string; readonly bad?: Release },
  retreat: Retreat,
  ambient: Ambient,
): Promise<Turned<Reason>> {
  ambient.log.step(`Going back: ${why.message}`)
  let grounds: Grounds
  try {
    grounds = await retreat.shielded()
  } catch (fault) {
    return told(why, { back: false, settled: false, seen: messageOf(fault), tookMs: 0 }, undefined, false)
  }
  const theirs = await closedByOthers(delivery, grounds.ledger, ambient)
  const { went, diagnosis } = theirs
    ? { went: await leaveToOthers(delivery.intent.release, grounds.platform, ambient), diagnosis: undefined }
    : await retire(delivery, why.reason, retreat.promoted, grounds, ambient)
  ambient.log.info(`Seen after going back: ${went.seen.replace(/\.$/, '')}.`)
  // As long as a candidate may have traffic the record stays open: the post step and the next run go on from there.
  const { reason, message } = told(why, went, diagnosis, true)
  const end = { ok: false, reason, message, ...resultParts({ live: went.live, bad: why.bad, schema: retreat.schema }) }
  const close = (): Promise<boolean> => delivery.finishBy(grounds, end).then(() => true)
  const recorded = theirs || (went.settled && (await attempt(close, 'The end was not recorded', ambient)) === true)
  return told(why, went, diagnosis, recorded)
}

/** Whoever preempted us has healed our delivery already: the platform is theirs, and may hold a candidate of theirs. */
async function closedByOthers({ hold, id }: Delivery, ledger: Ledger, ambient: Ambient): Promise<boolean> {
  if (!hold.lost()) return false
  let closed = false
  const look = async (): Promise<void> => {
    closed = !(await ledger.inFlight(hold.lease.environment)).some((record) => record.id === id)
  }
  await awaited(look(), WORD_MS, 'Could not look whether this delivery is still open', ambient)
  return closed
}

async function retire(delivery: Delivery, reason: string, promoted: boolean, grounds: Grounds, ambient: Ambient): Promise<Pick<Turned<never>, 'went' | 'diagnosis'>> {
  const { release, previous } = delivery.intent
  const restores = promoted && previous !== undefined
  const verb = restores ? 'restore' : 'abandon'
  if (!delivery.hold.lost()) await attempt(() => awaited(delivery.intends(verb, { detail: reason }, grounds), WORD_MS, NOT_RECORDED, ambient), NOT_RECORDED, ambient)
  return timed(delivery.chronicle, verb, ambient, () => leave(restores ? previous : undefined, promoted ? release : undefined, grounds.platform, ambient))
}

/** Back to `previous`, or to whatever serves beside the candidate. */
async function leave(previous: Release | undefined, promoted: Release | undefined, platform: Platform, ambient: Ambient): Promise<Pick<Turned<never>, 'went' | 'diagnosis'>> {
  // Users first: the candidate loses its traffic before anybody asks why, and is still there to be asked.
  if (previous === undefined) await attempt(() => platform.shift(0), 'The weight could not be set to 0 before the candidate goes', ambient)
  const diagnose = (): Promise<Diagnosis | undefined> => attempt(() => platform.diagnose(ambient.clock.now() - DIAGNOSED_MS), 'No diagnosis', ambient)
  if (previous !== undefined) {
    const went = await goBackTo(previous, platform, ambient)
    return withDiagnosis(went, await diagnose())
  }
  const diagnosis = await diagnose()
  return withDiagnosis(await goBack(platform, ambient, promoted), diagnosis)
}

function withDiagnosis(went: WentBack, diagnosis: Diagnosis | undefined): Pick<Turned<never>, 'went' | 'diagnosis'> {
  return { went, ...(diagnosis === undefined ? {} : { diagnosis }) }
}

function told<Reason extends string>(why: { readonly reason: Reason | Interruption; readonly message: string }, went: WentBack, diagnosis: Diagnosis | undefined, recorded: boolean): Turned<Reason> {
  const reason = went.back ? why.reason : 'stuck'
  const looked = went.seen.replace(/\.$/, '')
  const seen = went.back ? `Went back: ${looked}.` : `Going back could not be observed: ${looked}. Look at the platform now, and run rollback.`
  const open = recorded ? '' : ' The record stays open: the post step or the next run goes on with it.'
  return { reason, message: `${why.message} ${seen}${open}`, went, ...(diagnosis === undefined ? {} : { diagnosis }) }
}

/** What interrupted the work, from what was thrown and from what the signals say. */
export function interruption(fault: unknown, delivery: Delivery, ambient: Ambient): { readonly reason: Interruption; readonly message: string } {
  if (delivery.hold.lost() || isLeaseLost(fault)) {
    return { reason: 'preempted', message: `Another run took over \`${delivery.hold.lease.environment}\`.` }
  }
  if (ambient.signal.aborted) return { reason: 'cancelled', message: 'The run was cancelled.' }
  if (fault instanceof EcluseError) return { reason: 'error', message: `${fault.message} ${fault.fix}` }
  // Nobody foresaw it: a fault of ours, and its stack is what helps to mend it.
  ambient.log.error(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))
  return { reason: 'error', message: messageOf(fault) }
}

/** What kept a run from beginning at all; `undefined` for a fault without a reason of its own. */
export function interruptionBefore(fault: unknown, ambient: Ambient): { readonly reason: 'lease-held' | 'preempted' | 'cancelled'; readonly message: string } | undefined {
  if (fault instanceof EcluseError && fault.code === 'lease-held') return { reason: 'lease-held', message: fault.message }
  if (isLeaseLost(fault)) return { reason: 'preempted', message: 'Another run took over before this one had begun; it changed nothing.' }
  if (ambient.signal.aborted) return { reason: 'cancelled', message: 'The run was cancelled before it had begun; it changed nothing.' }
  return undefined
}

/** Something that must not keep traffic from going back: its fault is told, not thrown. */
async function attempt<T>(act: () => Promise<T>, failed: string, ambient: Ambient): Promise<T | undefined> {
  try {
    return await act()
  } catch (fault) {
    ambient.log.warn(`${failed}: ${messageOf(fault)}`)
    return undefined
  }
}
