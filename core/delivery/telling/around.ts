import { DELIVERY } from '../../domain/telling/deliveries.js'
import { runBegins, runEnded, type Subject } from '../../domain/telling/runs.js'
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
  telling.follow()
  if (subject.until !== undefined) telling.tell(runBegins(subject, clock.now()))
  const end = async (ended: { readonly ok: boolean; readonly reason: string; readonly message: string; readonly delivery?: string }): Promise<void> => {
    const { delivery, ...alone } = ended
    if (delivery === undefined || !telling.ended(delivery)) tellEnd(subject, telling, ended, clock.now())
    // Going back went well, and that was told: that a release had to is what somebody must hear of.
    else if (subject.topic !== DELIVERY) tellEnd(subject, telling, alone, clock.now())
    await telling.flush(signal.aborted ? FLUSH_CANCELLED_MS : FLUSH_MS)
  }
  try {
    const outcome = await work()
    await end({ ...outcome, ...deliveryOf(outcome.outputs) })
    return { ...outcome, summary: { ...outcome.summary, parts: [...outcome.summary.parts, ...untoldParts(telling.untold())] } }
  } catch (fault) {
    await end({ ok: false, reason: signal.aborted ? 'cancelled' : 'error', message: toldOf(fault) })
    throw fault
  }
}

/** A delivery that was begun and whose record is still open is told of under its own message. */
function tellEnd(subject: Subject, telling: Telling, ended: Parameters<typeof runEnded>[1] & { readonly delivery?: string }, now: number): void {
  const news = runEnded(subject, ended, now)
  if (news === undefined) return
  const { delivery } = ended
  telling.tell(delivery === undefined ? news : { ...news, notice: { ...news.notice, key: delivery } })
}

function deliveryOf(outputs: Readonly<Record<string, string>>): { readonly delivery?: string } {
  const { deployment = '' } = outputs
  return deployment === '' ? {} : { delivery: deployment }
}

/** What people do not know by themselves must be seen by whoever looks at the run. */
export function untoldParts(untold: readonly Untold[]): readonly SummaryPart[] {
  if (untold.length === 0) return []
  return [{ kind: 'table', title: 'Not told', columns: ['Channel', 'What', 'Why'], rows: untold.map(({ channel, what, why }) => [channel, what, why]) }]
}
