import type { Ambient } from '../../ports/ambient.js'

/** Whether it came to an end within so long; what it rejects with, this does. It is not stopped. */
export async function endsWithin(work: Promise<unknown>, ms: number, { clock }: Pick<Ambient, 'clock'>): Promise<boolean> {
  const enough = new AbortController()
  // It may fail after it was given up.
  work.catch(() => undefined)
  try {
    return await Promise.race([work.then(() => true), clock.sleep(ms, enough.signal).then(() => false)])
  } finally {
    enough.abort()
  }
}
