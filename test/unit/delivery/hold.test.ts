import { expect, test } from '@jest/globals'
import { withHold } from '../../../core/delivery/hold.js'
import { FileError } from '../../../core/errors/families.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { FakeTime } from '../../support/fakes/time.js'
import { realAmbient } from '../../support/surroundings.js'

const full = (): Promise<boolean> => Promise.reject(new FileError('disk-full', { message: 'There is no room left.', path: '/state' }))

/** Works until it is told to stop; resolves with how long that was, or undefined when nobody did. */
async function worked(renew: (ledger: Ledger) => (lease: Lease) => Promise<boolean>, forMs: number): Promise<number | undefined> {
  const clock = new FakeTime()
  const ambient = { ...realAmbient({ work: '/', dist: '/' }), clock }
  const ledger = fakeLedger(new Map(), ambient)
  const start = clock.now()
  return withHold({ ...ledger, renew: renew(ledger) }, 'production', { preempt: false }, ambient, async (hold) => {
    const { signal } = hold
    await clock.sleep(forMs, signal)
    expect(hold.lost()).toBe(signal.aborted)
    return signal.aborted ? clock.now() - start : undefined
  })
}

test('a lease that is seen to hold holds as long as the work takes', async () => {
  expect(await worked((ledger) => (lease) => ledger.renew(lease), 600_000)).toBeUndefined()
})

test('a look that fails now and then proves nothing', async () => {
  let looks = 0
  expect(await worked((ledger) => (lease) => (++looks % 5 === 0 ? ledger.renew(lease) : full()), 600_000)).toBeUndefined()
})

test('a lease that could not be looked at for most of its time counts as lost before it ends', async () => {
  const stopped = await worked(() => full, 600_000)
  expect(stopped).toBeGreaterThan(20_000)
  expect(stopped).toBeLessThan(30_000)
})

test('a lease that somebody else took is noticed at the next look', async () => {
  expect(await worked(() => () => Promise.resolve(false), 600_000)).toBeLessThanOrEqual(1000)
})
