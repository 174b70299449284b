import type { Clock } from '../../../core/ports/clock.js'

/** A clock that never waits: when everybody sleeps, it is at once the time of the first to wake. */
export class FakeTime implements Clock {
  private time = Date.UTC(2026, 2, 14, 14, 5)
  private readonly sleepers: { readonly due: number; readonly wake: () => void }[] = []
  private standing = 0
  private owed = 0

  now(): number {
    return this.time
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.sleepers.push({ due: this.time + Math.max(0, ms), wake })
      signal?.addEventListener('abort', wake, { once: true })
      setImmediate(() => this.wakeFirst())
    })
  }

  /** Work outside of this clock, such as a request to a server: nobody wakes before it is done. */
  async standstill<T>(work: () => Promise<T>): Promise<T> {
    this.standing += 1
    try {
      return await work()
    } finally {
      // Whoever asked gets a few turns to make something of the answer, and may ask again.
      setTimeout(() => {
        this.standing -= 1
        this.goOn()
      }, 0)
    }
  }

  private goOn(): void {
    if (this.standing > 0 || this.owed === 0) return
    this.owed -= 1
    this.wakeFirst()
    setImmediate(() => this.goOn())
  }

  private wakeFirst(): void {
    if (this.standing > 0) {
      this.owed += 1
      return
    }
    const first = this.sleepers.toSorted((a, b) => a.due - b.due)[0]
    if (first === undefined) return
    this.sleepers.splice(this.sleepers.indexOf(first), 1)
    this.time = Math.max(this.time, first.due)
    first.wake()
  }
}
