import { EcluseError, messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'

/**
 * Something that must not keep traffic from going back, such as a word to a ledger that does not answer: so long it is
 * waited for, and then goes on by itself. Its fault is told, not thrown; only that the environment is somebody else's is.
 */
export async function awaited(work: Promise<unknown>, withinMs: number, failed: string, { clock, log }: Pick<Ambient, 'clock' | 'log'>): Promise<void> {
  const ended = new AbortController()
  const done = work.then(() => undefined, (fault: unknown) => {
    if (isLeaseLost(fault) && !ended.signal.aborted) throw fault
    log.warn(`${failed}: ${messageOf(fault)}`)
  })
  try {
    await Promise.race([done, clock.sleep(withinMs, ended.signal)])
  } finally {
    ended.abort()
  }
}

export function isLeaseLost(fault: unknown): boolean {
  return fault instanceof EcluseError && fault.code === 'lease-lost'
}
