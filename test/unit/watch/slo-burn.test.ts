import { describe, expect, test } from '@jest/globals'
import { sloBurnTrigger } from '../../../core/drivers/triggers/slo-burn/index.js'
import type { Arm } from '../../../core/domain/platform.js'
import type { Counted, Objective } from '../../../core/domain/slo.js'
import type { Finding } from '../../../core/domain/trigger.js'
import type { CountedOf, SloSource, Unanswered } from '../../../core/ports/slo-source.js'

const objective: Objective = { name: 'availability', target: 0.999 }
const arm: Arm = { name: 'candidate', identity: 'v2', labels: {} }
const down: Unanswered = { detail: 'it does not answer' }

interface World {
  /** Bad requests of a thousand, of all, by minutes. */
  readonly all?: Readonly<Record<number, number>>
  readonly own?: Counted | Unanswered
  readonly others?: Counted | Unanswered
}

const quiet: Readonly<Record<number, number>> = { 5: 1, 30: 1, 60: 1, 360: 1 }
const source = ({ all = {}, own = { requests: 1000, bad: 100 }, others = { requests: 9000, bad: 9 } }: World): SloSource => ({
  name: 'fake',
  covered: async () => 0,
  counted: async (_objective, spanMs, of?: CountedOf) => {
    if (of !== undefined) return of.whose === 'own' ? own : others
    const bad = { ...quiet, ...all }[spanMs / 60_000]!
    return bad < 0 ? down : { requests: 100_000, bad: bad * 100 }
  },
})
const look = (world: World, objectives: readonly Objective[] = [objective]): Promise<Finding> => sloBurnTrigger({ objectives, source: source(world), arm }).look({ version: 'v2', since: 0, alone: false })

const fast = { 5: 15, 60: 20 }

describe('the error budget burns', () => {
  test.each<[string, World, Finding['kind'], RegExp]>([
    ['nothing is wrong', {}, 'calm', /^availability 99\.9 %: burns 1\.0 times as fast as its budget lasts$/],
    ['fast, by the release', { all: fast }, 'fired', /burns 20\.0 times as fast .* over 1 h and 15\.0 times over 5 min \(limit 14\.4\); by v2: 100 of its 1000 requests were bad$/],
    ['slowly, by the release', { all: { 30: 7, 360: 6.5 } }, 'fired', /over 6 h and 7\.0 times over 30 min \(limit 6\)/],
    ['it has stopped', { all: { 60: 20 } }, 'calm', /burns 1\.0 times/],
    ['a spike is too short', { all: { 5: 50 } }, 'calm', /burns 50\.0 times/],
    ['by what serves beside it', { all: fast, own: { requests: 1000, bad: 1 } }, 'calm', /not by v2: 1 of its 1000/],
    ['with and without it', { all: fast, others: { requests: 9000, bad: 400 } }, 'calm', /and does without v2 too: going back would not help/],
    ['a handful of bad requests is chance', { all: fast, own: { requests: 10, bad: 4 } }, 'calm', /not by v2/],
    ['nothing serves beside it any more', { all: fast, others: { requests: 0, bad: 0 } }, 'fired', /by v2/],
    ['whose doing it is can not be read', { all: fast, own: down }, 'no-data', /whose doing it is can't be read: it does not answer/],
    ['whether others burn as well can not be read', { all: fast, others: down }, 'no-data', /whether it burns without v2 too can't be read: it does not answer/],
    ['the release has no counters', { all: fast, own: { requests: 0, bad: 0 } }, 'no-data', /v2 has no requests there/],
    ['one window is unknown', { all: { ...fast, 360: -1 } }, 'no-data', /^availability 99\.9 %: it does not answer$/],
  ])('%s', async (_what, world, kind, detail) => {
    expect(await look(world)).toEqual({ kind, detail: expect.stringMatching(detail) })
  })

  test('one of two objectives is enough', async () => {
    const strict: Objective = { name: 'latency', target: 0.9, slowerThanMs: 300 }
    expect(await look({ all: fast }, [strict, objective])).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^availability/) })
  })
})

test('a source that can not be asked is found before traffic moves', async () => {
  await expect(sloBurnTrigger({ objectives: [objective], source: source({ all: { 5: -1 } }), arm }).preflight()).rejects.toMatchObject({
    code: 'trigger-unusable', message: "The trigger `slo-burn` can't be asked: availability 99.9 %: it does not answer.",
  })
  await expect(sloBurnTrigger({ objectives: [objective], source: source({}), arm }).preflight()).resolves.toBeUndefined()
})
