import { describe, expect, it } from '@jest/globals'
import { systemClock } from '../../../core/io/clock.js'

describe('the clock', () => {
  const clock = systemClock()

  it('tells the time and sleeps', async () => {
    const began = clock.now()
    await clock.sleep(50)
    expect(clock.now() - began).toBeGreaterThanOrEqual(49)
  })

  it('wakes on abort, and does not sleep after it', async () => {
    const stop = new AbortController()
    const sleeping = clock.sleep(2 ** 40, stop.signal)
    stop.abort()
    await sleeping
    await expect(clock.sleep(60_000, stop.signal)).resolves.toBeUndefined()
  })
})
