import { describe, expect, test } from '@jest/globals'
import { memoryTrend, type MemoryPoint } from '../../../core/domain/memory-trend.js'
import { resourceFinding, type Vitals } from '../../../core/domain/vitals.js'
import type { ResourceRule } from '../../../core/domain/trigger-policy.js'
import { resourcesTrigger } from '../../../core/drivers/triggers/resources/index.js'
import { fakePlatform, fakeWorld } from '../../support/fakes/platform.js'
import { FakeTime } from '../../support/fakes/time.js'

const MINUTE = 60_000
const MB = 1e6

/** 0 to 1, the same for the same seed. */
function dice(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** Every ten seconds for so many minutes. */
const series = (minutes: number, bytes: (minute: number) => number): readonly MemoryPoint[] =>
  Array.from({ length: minutes * 6 + 1 }, (_, index) => ({ at: index * 10_000, bytes: bytes(index / 6) }))

describe('the trend of memory', () => {
  test('is a straight line’s own slope', () => {
    expect(memoryTrend(series(10, (minute) => (100 + 2 * minute) * MB), 10 * MINUTE)).toEqual({ growth: expect.closeTo(20 / 110, 6), atLeast: expect.closeTo(20 / 110, 6) })
  })

  test('is unknown before a whole window was seen, and of a handful of points', () => {
    expect(memoryTrend(series(9, () => MB), 10 * MINUTE)).toBeUndefined()
    expect(memoryTrend([], MINUTE)).toBeUndefined()
    expect(memoryTrend([{ at: 0, bytes: MB }, { at: MINUTE, bytes: 9 * MB }], MINUTE)).toBeUndefined()
  })

  test.each<[string, (minute: number) => number]>([
    ['a heap that is swept each minute', (minute) => (100 + 60 * (minute % 1)) * MB],
    ['a heap that is swept every three minutes', (minute) => (100 + 30 * (minute % 3)) * MB],
    ['a cache that fills up within two minutes and stays', (minute) => (100 + 200 * Math.min(1, minute / 2)) * MB],
    ['one short peak', (minute) => (minute > 8 && minute < 9 ? 900 : 100) * MB],
    ['a level that falls', (minute) => (300 - 10 * minute) * MB],
  ])('%s is no growth', (_what, bytes) => {
    expect(memoryTrend(series(10, bytes), 10 * MINUTE)!.atLeast).toBeLessThan(0.05)
  })

  test('is seen by looks of five minutes too, of which there are few: a leak is found, and without one nothing is, in 200 seeded runs each', () => {
    const found = (leak: number): number => Array.from({ length: 200 }, (_run, seed) => {
      const roll = dice(seed + 1)
      const points = Array.from({ length: 13 }, (_point, index) => ({ at: index * 5 * MINUTE + roll() * MINUTE, bytes: (100 + leak * index * 5 + 30 * roll()) * MB }))
      return points.some((_one, last) => (memoryTrend(points.slice(0, last + 1), 10 * MINUTE)?.atLeast ?? 0) > 0.1)
    }).filter(Boolean).length
    expect([found(0), found(0.5), found(12)]).toEqual([0, 0, 200])
  })

  test('of many points close together and few others is none', () => {
    const points = [0, 5, 10, ...Array.from({ length: 12 }, (_, index) => 15 + index / 6)].map((minute) => ({ at: minute * MINUTE, bytes: (100 + 10 * minute) * MB }))
    expect(memoryTrend(points, 10 * MINUTE)).toBeUndefined()
  })

  test('a leak is found under a sawtooth and noise; without one nothing is, in 200 seeded runs each', () => {
    const found = (leak: number): number => Array.from({ length: 200 }, (_, seed) => {
      const roll = dice(seed + 1)
      return memoryTrend(series(10, (minute) => (100 + leak * minute + 20 * (minute % 1.3) + 15 * roll()) * MB), 10 * MINUTE)!
    }).filter(({ atLeast }) => atLeast > 0.2).length
    expect([found(0), found(8)]).toEqual([0, 200])
  })
})

const rule: ResourceRule = { restarts: 3, outOfMemory: true, written: true }
const one = (more: Partial<Vitals>): Vitals => ({ version: 'v2', instance: 'v2-1', restarts: 0, outOfMemory: 0, ...more })
const found = (all: readonly Vitals[], rules: Partial<ResourceRule> = {}): unknown => {
  const { kind, detail } = resourceFinding({ ...rule, ...rules }, all, 'v2', new Map())
  return [kind, detail]
}

test.each<[string, readonly Vitals[], Partial<ResourceRule>, unknown]>([
  ['all is well', [one({})], {}, ['calm', 'no restarts']],
  ['one restart less', [one({ restarts: 2 })], {}, ['calm', 'started again 2 times']],
  ['often enough', [one({ restarts: 3 })], {}, ['fired', '`v2-1` was started again 3 times']],
  ['restarts of several are not added up', [one({ restarts: 2 }), one({ instance: 'v2-2', restarts: 2 })], {}, ['calm', 'started again 4 times']],
  ['of another release', [one({}), one({ version: 'v1', restarts: 9, outOfMemory: 4 })], {}, ['calm', 'no restarts']],
  ['out of memory', [one({ outOfMemory: 1, restarts: 1 })], {}, ['fired', '`v2-1` was ended for want of memory once']],
  ['which is switched off', [one({ outOfMemory: 1, restarts: 1 })], { outOfMemory: false }, ['calm', 'started again once']],
  ['what is not known any more of one of two', [one({}), { version: 'v2', instance: 'v2-2', restarts: 1 }], {}, ['calm', 'started again once; the platform does not say whether it ran out of memory']],
  ['nothing is there', [one({ version: 'v1' })], {}, ['no-data', 'the platform knows no instance of v2']],
  ['what the platform does not say', [{ version: 'v2', instance: 'a', restarts: 0 }], { memory: { growth: 0.2, overMs: MINUTE } }, ['calm', 'no restarts; the platform does not say whether it ran out of memory nor how much memory it uses']],
])('%s', (_what, all, rules, finding) => {
  expect(found(all, rules)).toEqual(finding)
})

describe('the trigger', () => {
  test('remembers what memory was used, and fires on growth', async () => {
    const time = new FakeTime()
    const world = fakeWorld(time)
    const began = time.now()
    world.vitals = () => [one({ memoryBytes: (100 + (time.now() - began) / 2000) * MB })]
    const trigger = resourcesTrigger({ ...rule, memory: { growth: 0.2, overMs: 5 * MINUTE } }, fakePlatform(world), { clock: time })
    const kinds: string[] = []
    for (let look = 0; look <= 31; look += 1) {
      kinds.push((await trigger.look({ version: 'v2', since: began, alone: false })).kind)
      await time.sleep(trigger.everyMs)
    }
    expect([kinds.indexOf('fired'), kinds.lastIndexOf('calm')]).toEqual([30, 29])
    expect((await trigger.look({ version: 'v2', since: began, alone: false })).detail).toMatch(/^the memory of `v2-1` grows by \d+ % in 5 min, and by more than \d+ % for sure$/)
  })

  test('says before traffic moves that a platform can not be asked', async () => {
    const trigger = resourcesTrigger(rule, fakePlatform(fakeWorld(new FakeTime())), { clock: new FakeTime() })
    await expect(trigger.preflight()).rejects.toMatchObject({ code: 'trigger-unusable', message: expect.stringContaining('`local` does not tell') })
  })
})
