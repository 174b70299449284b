import { messageOf, RemoteError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'

/** Between attempts; a channel that does not answer three times is left alone for a while. */
const PAUSES_MS = [1000, 2000]
/** What a channel may ask us to wait; more than that is no answer for a delivery. */
const LONGEST_PAUSE_MS = 30_000

export type Exchanged<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string; /** It was understood and is not wanted: the message may be gone. */ readonly refused: boolean }

/** One exchange with a channel, tried again where that can help: not with one that has failed us already. Never rejects. */
export async function exchange<T>(work: () => Promise<T>, { clock }: Pick<Ambient, 'clock'>, over: AbortSignal, trusted = true): Promise<Exchanged<T>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { ok: true, value: await work() }
    } catch (fault) {
      const failed = { ok: false, why: messageOf(fault), refused: fault instanceof RemoteError && fault.code === 'channel-refused' && fault.retryAfterMs === undefined } as const
      const pause = trusted ? pauseAfter(fault, attempt) : undefined
      if (pause === undefined || over.aborted) return failed
      await clock.sleep(pause, over)
      if (over.aborted) return failed
    }
  }
}

/** `undefined`: asking again would be answered the same way, or has been tried often enough. */
function pauseAfter(fault: unknown, attempt: number): number | undefined {
  const usual = PAUSES_MS[attempt]
  if (usual === undefined || !(fault instanceof RemoteError)) return undefined
  const { code, retryAfterMs } = fault
  if (retryAfterMs !== undefined) return retryAfterMs <= LONGEST_PAUSE_MS ? Math.max(retryAfterMs, 0) : undefined
  return code === 'channel-refused' || code === 'aborted' ? undefined : usual
}
