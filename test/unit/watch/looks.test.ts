/** Triggers that need more than one look, where each look may be a process of its own; and those who are told meanwhile. */
import { describe, expect, test } from '@jest/globals'
import { watchSubject } from '../../../core/domain/telling/subjects.js'
import { counterComplaints } from '../../../core/drivers/triggers/counter/index.js'
import { healthTrigger } from '../../../core/drivers/triggers/health/index.js'
import { InputError, RemoteError } from '../../../core/errors/families.js'
import type { Trigger } from '../../../core/ports/trigger.js'
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
