/** Triggers that need more than one look, where each look may be a process of its own; and those who are told meanwhile. */
import { describe, expect, test } from '@jest/globals'
import type { WatchOutcome } from '../../../actions/watch-release/outcome.js'
import { fact } from '../../../core/domain/history-decode.js'
import { watchSubject } from '../../../core/domain/telling/subjects.js'
import { counterComplaints } from '../../../core/drivers/triggers/counter/index.js'
import { healthTrigger } from '../../../core/drivers/triggers/health/index.js'
import { resourcesTrigger } from '../../../core/drivers/triggers/resources/index.js'
import { InputError, RemoteError } from '../../../core/errors/families.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { fakePlatform } from '../../support/fakes/platform.js'
import type { FlowLab } from '../../support/flow-lab.js'
import { TellingLab } from '../../support/telling-lab.js'
import { HOUR, MINUTE, released, watchFacts } from './lab.js'

const look = (lab: FlowLab, triggers: readonly Trigger[]) => lab.watch({ mode: 'look', triggers })
const calm: Trigger = { name: 'user-complaints', everyMs: 1000, preflight: async () => undefined, look: async () => ({ kind: 'calm', detail: 'none' }) }

describe('looks on a schedule', () => {
  const ill = (after: number, everyMs: number): Trigger => healthTrigger({ after, everyMs, tryAt: async () => ({ failing: ['GET / (status 500)'], silent: false }) })

  test('stay for the few tries more that decide whether checks fail in a row', async () => {
    const lab = await released()
    const before = lab.time.now()
    expect(await look(lab, [ill(3, 10_000)])).toMatchObject({ ok: false, reason: 'rolled-back', outputs: { cause: 'health-check-failure', serves: 'v0' } })
    expect(lab.time.now() - before).toBeLessThan(2 * MINUTE)
    expect(watchFacts(lab).at(-1)).toMatchObject({ type: 'watched', reason: 'rolled-back', cause: 'health-check-failure' })
    expect(lab.last?.intent.because).toContain('health-check-failure of v1: failed 3 times in a row')
  })

  test('stay no longer than some minutes, and the next one goes on counting', async () => {
    const lab = await released()
    const before = lab.time.now()
    expect(await look(lab, [ill(5, MINUTE)])).toMatchObject({ ok: true, reason: 'still-watching' })
    expect(lab.time.now() - before).toBeLessThan(4 * MINUTE)
    await lab.time.sleep(2 * MINUTE)
    expect(await look(lab, [ill(5, MINUTE)])).toMatchObject({ reason: 'rolled-back', message: expect.stringContaining('failed 5 times in a row') })
  })

  test('count what a counter has grown by since the first of them read it', async () => {
    const lab = await released()
    let count = 100
    const counter = (): Trigger => counterComplaints({ url: 'https://shop.example/complaints', json: 'count', moreThan: 5, name: 'counter' } as never, { ...lab.process().ambient, http: { request: async () => ({ status: 200, headers: {}, body: JSON.stringify({ count }), elapsedMs: 1 }) } } as never)
    expect(await look(lab, [counter()])).toMatchObject({ reason: 'still-watching' })
    count = 104
    await lab.time.sleep(5 * MINUTE)
    expect(await look(lab, [counter()])).toMatchObject({ reason: 'still-watching' })
    count = 108
    await lab.time.sleep(5 * MINUTE)
    expect(await look(lab, [counter()])).toMatchObject({ reason: 'rolled-back', outputs: { cause: 'user-complaints' }, message: expect.stringContaining('8 complaints') })
  })
})

describe('memory that grows, seen by looks of five minutes that are a process each', () => {
  const MB = 1e6
  /** Ends with the first look that does not go on. */
  async function looked(bytes: (minute: number) => number, instances = 1): Promise<{ readonly lab: FlowLab; readonly ended: WatchOutcome; readonly minutes: number }> {
    const lab = await released()
    const began = lab.time.now()
    const minutes = (): number => (lab.time.now() - began) / MINUTE
    lab.world.vitals = () => Array.from({ length: instances }, (_, index) => ({ version: 'v1', instance: `v1-${index}-with-a-name-as-clusters-give-it`, restarts: 0, memoryBytes: Math.round(bytes(minutes())) }))
    for (;;) {
      const trigger = resourcesTrigger({ restarts: 3, outOfMemory: true, memory: { growth: 0.1, overMs: 10 * MINUTE }, written: true }, fakePlatform(lab.world), { clock: lab.time })
      const ended = await look(lab, [trigger])
      if (ended.reason !== 'still-watching') return { lab, ended, minutes: minutes() }
      await lab.time.sleep(5 * MINUTE)
    }
  }

  test('sends the release back', async () => {
    const { ended, minutes } = await looked((minute) => (100 + 5 * minute + 8 * (minute % 1.3)) * MB)
    expect(ended).toMatchObject({ reason: 'rolled-back', outputs: { cause: 'resource-exhaustion' }, message: expect.stringMatching(/the memory of `v1-0-\S+` grows by \d+ % in 10 min/) })
    expect(minutes).toBeLessThan(45)
  })

  test.each<[string, (minute: number) => number]>([
    ['a heap that is swept now and then', (minute) => 100 + 60 * (minute % 3.7)],
    ['a heap that is swept twice an hour', (minute) => 100 + 5 * (minute % 29)],
    ['a cache that fills up within ten minutes', (minute) => 100 + 300 * Math.min(1, minute / 10)],
    ['hardly any growth', (minute) => 200 + 0.5 * minute],
  ])('but not %s', async (_what, megabytes) => {
    expect((await looked((minute) => megabytes(minute) * MB)).ended).toMatchObject({ reason: 'watched' })
  })

  test('and what the record keeps of it is small, and is read again as it was written', async () => {
    const { lab } = await looked(() => 100 * MB, 40)
    const kept = watchFacts(lab).filter((one) => one.type === 'watching').at(-1)!
    expect(fact(JSON.parse(JSON.stringify(kept)), 'fact')).toEqual(kept)
    const memory = kept.state?.triggers?.memory ?? {}
    expect(Object.keys(memory)).toHaveLength(16)
    expect(JSON.stringify(memory).length).toBeLessThan(16_000)
  })
})

describe('a trigger that can not be asked when the watch begins', () => {
  const down = new RemoteError('network-failed', { message: 'Could not ask: nothing answers.', service: 'counter', operation: 'read' })
  const wrong = [{ code: 'trigger-unusable', message: 'There is no label.' }] as const

  test.each([['a fault of the service', down], ['one that may pass', new InputError(wrong, { passing: true })]])('by %s is silent, and ends no watch', async (_, fault) => {
    const lab = await released()
    expect(await look(lab, [{ ...calm, preflight: () => Promise.reject(fault) }])).toMatchObject({ ok: true, reason: 'still-watching' })
  })

  test('as it is written ends it, also behind one that only does not answer', async () => {
    const lab = await released()
    const triggers = [{ ...calm, preflight: () => Promise.reject(down) }, { ...calm, preflight: () => Promise.reject(new InputError(wrong)) }]
    await expect(look(lab, triggers)).rejects.toMatchObject({ message: 'There is no label.' })
  })
})

test('a watch that is only begun is on record, with its base, and another process stays', async () => {
  const lab = await released()
  expect(await lab.watch({ mode: 'begin' })).toMatchObject({ ok: true, reason: 'still-watching', outputs: { evidence: '', verdict: '' } })
  expect(watchFacts(lab).at(-1)).toMatchObject({ type: 'watching', state: { before: { errors: {} } } })
  expect(await lab.watch()).toMatchObject({ ok: true, reason: 'watched' })
})

describe('people', () => {
  async function telling(): Promise<TellingLab> {
    const lab = new TellingLab()
    lab.place = { watch: { forMs: HOUR, everyMs: 30_000, onFail: 'rollback' } }
    await lab.served('v0')
    await lab.promote('v1')
    return lab
  }
  const watched = (lab: TellingLab, mode: 'run' | 'look' = 'run') => {
    const by = lab.process()
    return lab.run((one) => lab.watch({ by: one, mode }), { by, subject: watchSubject(lab.environment(), by.ambient.run, { mode, version: 'v1' }) })
  }

  test('who have not seen a failure are told of it again while a watch goes on', async () => {
    const lab = await telling()
    lab.traffic.errors['v2'] = 0.3
    await lab.delivered('v2')
    expect(lab.channels.lines.join()).not.toContain('pager')
    expect(await watched(lab)).toMatchObject({ reason: 'watched' })
    expect(lab.channels.lines).toContain('post pager-1 failed')
  })

  test('are told by a watch that brought a release back what spoke against it, beside the rollback', async () => {
    const lab = await telling()
    lab.traffic.errors['v1'] = 0.2
    expect(await watched(lab)).toMatchObject({ reason: 'rolled-back' })
    const shown = ['chat-1', 'chat-2'].map((place) => lab.channels.shows(place))
    expect(shown).toContainEqual(expect.objectContaining({ state: 'failed', title: 'Watch of v1 in production failed: rolled-back, high-error-rate', facts: expect.arrayContaining([['Cause', 'high-error-rate']]) }))
    expect(shown).toContainEqual(expect.objectContaining({ state: 'succeeded', facts: expect.arrayContaining([['Because', expect.stringContaining('high-error-rate of v1')]]) }))
  })
})
