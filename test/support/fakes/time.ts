import type { Clock } from '../../../core/ports/clock.js'

/** A clock that never waits: when everybody sleeps, it is at once the time of the first to wake. */
export class FakeTime implements Clock {
  private time = Date.UTC(2026, 2, 14, 14, 5)
  private readonly sleepers: { readonly due: number; readonly wake: () => void }[] = []

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

  private wakeFirst(): void {
    const first = this.sleepers.toSorted((a, b) => a.due - b.due)[0]
    if (first === undefined) return
    this.sleepers.splice(this.sleepers.indexOf(first), 1)
    this.time = Math.max(this.time, first.due)
    first.wake()
  }
}
