import { sleepOrFire } from '../../core/delivery/lookout.js'
import { awaited } from '../../core/delivery/patience.js'
import { WORD_MS } from '../../core/delivery/turn.js'
import type { Sample, NoData } from '../../core/domain/sample.js'
import { messageOf, RemoteError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { act } from './act.js'
import type { WatchOutcome } from './outcome.js'
import { poll, type Seen } from './poll.js'
import { beatMs, claim, holdMs, recordEnd, speak, takenAway } from './record.js'
import { suspectOf, type Session } from './session.js'
import { atTheEnd } from './verdict.js'

/** A trigger that answers at once is heard at the same poll. */
const MOMENT_MS = 100
/** At the end of the window those that are being asked get so long: nobody hears them afterwards. */
const LAST_WORD_MS = 30_000

/** Watches until the end of the window, and says now and then that it lives, with all that the next watcher would need. */
export async function stay(session: Session, ambient: Ambient): Promise<WatchOutcome> {
  const { request: { policy }, watch } = session
  ambient.log.step(`Watch ${watch.release.version} until ${new Date(session.until).toISOString()}`)
  const other = await claim(session, ambient)
  if (other !== undefined) return other
  try {
    let due = ambient.clock.now()
    let beatAt = due
    for (;;) {
      await sleepOrFire(due, () => session.lookout.glance(suspectOf(session)) !== undefined, ambient)
      const seen = await poll(session, ambient.clock.now() < session.until ? MOMENT_MS : LAST_WORD_MS, ambient)
      const done = seen.kind === 'against' ? await acted(session, seen, ambient) : await ended(session, ambient)
      if (done !== undefined) return done
      const now = ambient.clock.now()
      const beat = now - beatAt >= beatMs(policy)
      if (beat) {
        beatAt = now
        session.ports.follow?.()
      }
      const gone = await stillOurs(session, { asked: beat || seen.kind === 'against' || isGone(seen.sample), beat }, ambient)
      if (gone !== undefined) return gone
      due = nextDue(session, due, seen.kind === 'calm' ? seen.sample : undefined, now)
    }
  } catch (fault) {
    await letGo(session, ambient)
    throw fault
  }
}

/** A platform that could not be asked once may well be at the next look; at the end of the window there is none. */
async function acted(session: Session, seen: Extract<Seen, { kind: 'against' }>, ambient: Ambient): Promise<WatchOutcome | undefined> {
  try {
    return await act(session, seen, ambient)
  } catch (fault) {
    if (!(fault instanceof RemoteError) || fault.code === 'aborted' || ambient.clock.now() >= session.until) throw fault
    ambient.log.error(`Going back is tried again at the next look: ${messageOf(fault)}`)
    return undefined
  }
}

async function ended(session: Session, ambient: Ambient): Promise<WatchOutcome | undefined> {
  const now = ambient.clock.now()
  if (now < session.until) return undefined
  const { reason, message } = atTheEnd(session, now)
  return recordEnd(session, reason, message, {}, ambient)
}

/** Counters of another release, or of none: then the record is asked what serves. */
function isGone(sample: Sample | NoData | undefined): boolean {
  return sample?.kind === 'no-data' && (sample.cause === 'wrong-release' || sample.cause === 'empty')
}

/** A ledger that can't be reached ends no watch. */
async function stillOurs(session: Session, { asked, beat }: { readonly asked: boolean; readonly beat: boolean }, ambient: Ambient): Promise<WatchOutcome | undefined> {
  if (!asked) return undefined
  try {
    const gone = await takenAway(session, ambient)
    if (gone === undefined && beat) await speak(session, holdMs(session), ambient)
    return gone
  } catch (fault) {
    ambient.signal.throwIfAborted()
    ambient.log.warn(`The record of the watch could not be read or written: ${messageOf(fault)}`)
    return undefined
  }
}

/** By its own pace, or when the source has something new, whichever is sooner; the last look is at the window's end. */
function nextDue({ request: { policy }, until }: Session, due: number, sample: Sample | NoData | undefined, now: number): number {
  const usual = Math.max(due + policy.everyMs, now)
  const nextAt = sample?.nextAt
  const next = nextAt === undefined || nextAt <= now || nextAt > usual ? usual : nextAt
  return now < until ? Math.min(next, until) : next
}

/** Cut short: the next look need not wait until this watcher's word has run out. */
async function letGo(session: Session, ambient: Ambient): Promise<void> {
  const word = session.ports.shielded().then(({ ledger }) => speak(session, 0, ambient, ledger))
  await awaited(word, WORD_MS, 'The next look goes on with the watch a few minutes later', ambient)
}
