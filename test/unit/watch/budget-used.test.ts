/** What a watched release used of the error budget is told with the end of its watch. */
import { expect, test } from '@jest/globals'
import type { WatchOutcome } from '../../../actions/watch-release/outcome.js'
import { watched } from '../../../core/domain/watch-decode.js'
import type { Arm } from '../../../core/domain/platform.js'
import { BUDGET_WINDOW_MS, type Counted, type Objective } from '../../../core/domain/slo.js'
import type { SloSource, Unanswered } from '../../../core/ports/slo-source.js'
import type { FlowLab } from '../../support/flow-lab.js'
import { HOUR, MINUTE, released, watchFacts } from './lab.js'

const availability: Objective = { name: 'availability', target: 0.999 }
const slo = { objectives: [availability], onSpent: 'refuse', onUnknown: 'warn' } as const
const watch = { forMs: HOUR, everyMs: 30_000, onFail: 'rollback' } as const
/** A thousand of a million may fail; a quarter of them did. */
const ALL = { requests: 1_000_000, bad: 250 }

interface Asked {
  readonly spanMs: number
  readonly arm: Arm
}

function source(own: Counted | Unanswered | Error, asked: Asked[] = []): SloSource {
  return {
    name: 'fake',
    covered: async () => BUDGET_WINDOW_MS,
    counted: async (_objective, spanMs, of) => {
      if (of === undefined) return ALL
      asked.push({ spanMs, arm: of.arm })
      if (own instanceof Error) throw own
      return own
    },
  }
}

async function ended(of: SloSource, lab: FlowLab): Promise<{ readonly told: WatchOutcome; readonly end: ReturnType<typeof watched> }> {
  lab.place = { ...lab.place, watch, slo }
  lab.watching = () => ({ slo: of })
  const told = await lab.watch()
  return { told, end: watched(JSON.parse(JSON.stringify(watchFacts(lab).at(-1))), 'end') }
}

test('the bad requests of its own, since it had all traffic, as a part of the whole', async () => {
  const asked: Asked[] = []
  const lab = await released()
  const { told, end } = await ended(source({ requests: 100_000, bad: 50 }, asked), lab)
  expect(end).toMatchObject({ reason: 'watched', budgets: [{ name: 'availability', spent: expect.closeTo(0.05, 9), left: expect.closeTo(0.8, 9) }] })
  expect(JSON.stringify(told.summary)).toContain('["Error budget used since then","availability: 5.0 % of the whole; 80.0 % was left before it"]')
  expect(asked).toEqual([{ spanMs: expect.any(Number), arm: expect.objectContaining({ identity: 'v1' }) }])
  expect(asked[0]!.spanMs).toBeGreaterThan(HOUR - MINUTE)
  expect(asked[0]!.spanMs).toBeLessThan(HOUR + MINUTE)
})

test('also of one that was taken back', async () => {
  const lab = await released()
  lab.traffic.errors['v1'] = 0.5
  const { told, end } = await ended(source({ requests: 2000, bad: 100 }), lab)
  expect(told.reason).toBe('rolled-back')
  expect(end.budgets).toEqual([{ name: 'availability', spent: expect.closeTo(0.1, 9), left: expect.closeTo(0.85, 9) }])
})

test.each([['does not answer', { detail: 'it does not answer' }], ['breaks', new Error('out of order')]])('a source that %s is left out, and the watch ends as it would', async (_what, own) => {
  const { told, end } = await ended(source(own), await released())
  expect(told).toMatchObject({ ok: true, reason: 'watched' })
  expect(end.budgets).toBeUndefined()
  expect(JSON.stringify(told.summary)).not.toContain('Error budget')
})
