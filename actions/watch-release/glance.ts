import type { Ambient } from '../../core/ports/ambient.js'
import { act } from './act.js'
import type { WatchOutcome } from './outcome.js'
import { poll } from './poll.js'
import { recordEnd, speak } from './record.js'
import { outcome } from './report.js'
import type { Session } from './session.js'
import { atTheEnd } from './verdict.js'

/** No evidence grows by more than its share in one block, however bad: a look that suspects something stays for a few more. */
const PAUSE_MS = 15_000
const MOST_POLLS = 10
/** So often a silent source is asked in one look. */
const MOST_SILENT = 3

/** One look: what has come since the last one is judged, and how far it is goes on record for the next. */
export async function glance(session: Session, ambient: Ambient): Promise<WatchOutcome> {
  const { request, watch, lookout } = session
  const pauseMs = Math.min(PAUSE_MS, request.policy.everyMs)
  const before = session.samples
  for (let polls = 1; ; polls += 1) {
    ambient.signal.throwIfAborted()
    // Whoever takes longer is waited for while the judge goes on.
    const seen = await poll(session, pauseMs, ambient)
    if (seen.kind === 'against') return (await act(session, seen, ambient)) ?? outcome(request, 'watched-elsewhere', `Evidence speaks against ${watch.release.version} (${seen.cause}: ${seen.detail}), and another run goes back already.`, { watch, session, cause: seen.cause })
    if (lookout.waiting) continue
    const found = lookout.findings().map(([, finding]) => finding)
    const sampled = session.vigil === undefined ? found.some(({ kind }) => kind === 'calm') : session.samples > before
    const suspect = session.verdict?.lean === 'suspect' || found.some((finding) => finding.kind === 'calm' && finding.suspect === true)
    if (sampled && !suspect) break
    if (polls >= (sampled ? MOST_POLLS : MOST_SILENT)) break
    await ambient.clock.sleep(pauseMs, ambient.signal)
  }
  const now = ambient.clock.now()
  const end = now < session.until ? undefined : atTheEnd(session, now)
  // What is silent now may speak at the next look; that the window is over then is still time enough.
  if (end !== undefined && end.reason !== 'no-data') return recordEnd(session, end.reason, end.message, {}, ambient)
  const { silence } = session
  if (session.vigil !== undefined && session.samples === before) {
    await speak(session, 0, ambient)
    return outcome(request, 'no-data', end?.message ?? `Nothing is known of ${watch.release.version} now${silence === undefined ? '' : `: ${silence.cause}, ${silence.detail}`}. The next look asks again.`, { watch, session })
  }
  if (end !== undefined) return recordEnd(session, end.reason, end.message, {}, ambient)
  await speak(session, 0, ambient)
  return outcome(request, 'still-watching', `Nothing speaks against ${watch.release.version} so far. Its window ends at ${new Date(session.until).toISOString()}.`, { watch, session })
}
