import { DELIVERY } from '../../domain/telling/deliveries.js'
import { runBegins, runEnded, type RunEnd, type Subject } from '../../domain/telling/runs.js'
import type { Outcome, SummaryPart } from '../../domain/outcome.js'
import { toldOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { Telling, Untold } from './telling.js'

/** So long the end of a run waits for channels; a cancelled one is killed soon. */
const FLUSH_MS = 5000
const FLUSH_CANCELLED_MS = 1000

type Surroundings = Pick<Ambient, 'clock' | 'signal'>

/**
 * Runs an action's work and tells people of it: that it began, where its record does not tell that itself, and how it ended, also when it was
 * refused or broke before it had begun. What could not be told is in the summary.
 */
export async function withTelling<R extends string, O extends string>(subject: Subject, telling: Telling, { clock, signal }: Surroundings, work: () => Promise<Outcome<R, O>>): Promise<Outcome<R, O>> {
  telling.follow(subject.scheduled === true)
  if (subject.until !== undefined) telling.tell(runBegins(subject, clock.now()))
  const end = async (ended: RunEnd & { readonly delivery?: string }): Promise<void> => {
    const { delivery } = ended
    if (delivery === undefined || !telling.ended(delivery)) tellEnd(subject, telling, ended, delivery, clock.now())
    await telling.flush(signal.aborted ? FLUSH_CANCELLED_MS : FLUSH_MS)
  }
  try {
    const outcome = await work()
    await end({ ...outcome, ...partsOf(outcome.outputs, subject) })
    return { ...outcome, summary: { ...outcome.summary, parts: [...outcome.summary.parts, ...untoldParts(telling.untold())] } }
  } catch (fault) {
    await end({ ok: false, reason: signal.aborted ? 'cancelled' : 'error', message: toldOf(fault) })
    throw fault
  }
}

/** A delivery that was begun and whose record is still open is told of under its own message. */
function tellEnd(subject: Subject, telling: Telling, ended: RunEnd, delivery: string | undefined, now: number): void {
  const news = runEnded(subject, ended, now)
  if (news === undefined) return
  telling.tell(delivery === undefined ? news : { ...news, notice: { ...news.notice, key: delivery } })
}

/** A watch that brought a release back has news of its own beside the rollback's, which went well: what spoke against the release. */
function partsOf({ deployment = '', cause = '' }: Readonly<Record<string, string>>, { topic }: Subject): { readonly delivery?: string; readonly cause?: string } {
  return { ...(deployment === '' || topic !== DELIVERY ? {} : { delivery: deployment }), ...(cause === '' ? {} : { cause }) }
}

/** What people do not know by themselves must be seen by whoever looks at the run. */
export function untoldParts(untold: readonly Untold[]): readonly SummaryPart[] {
  if (untold.length === 0) return []
  return [{ kind: 'table', title: 'Not told', columns: ['Channel', 'What', 'Why'], rows: untold.map(({ channel, what, why }) => [channel, what, why]) }]
}
