import { describe, expect, test } from '@jest/globals'
import { alarmsOf } from '../../../core/delivery/alarms.js'
import { lookoutOf } from '../../../core/delivery/lookout.js'
import { withAlarm, type Move } from '../../../core/domain/climbing.js'
import type { Finding, Suspect, TriggerName } from '../../../core/domain/trigger.js'
import { InputError, RemoteError } from '../../../core/errors/families.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { FlowLab } from '../../support/flow-lab.js'

const suspect: Suspect = { version: 'v2', since: 0, alone: false }
const calm: Finding = { kind: 'calm', detail: 'well' }
const fired: Finding = { kind: 'fired', detail: 'ill' }

interface Asked extends Trigger {
  readonly at: number[]
}

function trigger(name: TriggerName, everyMs: number, now: () => number, found: (look: number) => Finding | Promise<Finding>): Asked {
  const at: number[] = []
  return { name, everyMs, at, preflight: async () => undefined, look: async () => found(at.push(now())) }
}

describe('several triggers', () => {
  const lab = new FlowLab()
  const { ambient } = lab.process()
  const now = (): number => lab.time.now()

  test('are each asked by their own pace, however often somebody looks', async () => {
    const began = now()
    const quick = trigger('health-check-failure', 2000, now, () => calm)
    const slow = trigger('user-complaints', 5000, now, () => calm)
    const alarms = alarmsOf([quick, slow], ambient)
    for (let second = 0; second <= 10; second += 1) {
      expect(await alarms.look(suspect)).toBeUndefined()
      await lab.time.sleep(1000)
    }
    expect([quick, slow].map(({ at }) => at.map((time) => (time - began) / 1000))).toEqual([[0, 2, 4, 6, 8, 10], [0, 5, 10]])
    expect([...alarms.last]).toEqual([['health-check-failure', calm], ['user-complaints', calm]])
  })

  test('the first that fired is told, in the order they were given', async () => {
    const alarms = alarmsOf([trigger('slo-burn', 1000, now, () => calm), trigger('resource-exhaustion', 1000, now, () => fired), trigger('user-complaints', 1000, now, () => fired)], ambient)
    expect(await alarms.look(suspect)).toEqual({ name: 'resource-exhaustion', detail: 'ill' })
  })

  test('one that fails is nothing known, said once until it is known again', async () => {
    const told = lab.told.length
    const down = new RemoteError('network-failed', { service: 'x', operation: 'GET', message: 'Could not ask: nothing listens.' })
    const broken = trigger('slo-burn', 1000, now, (look) => (look === 3 ? calm : Promise.reject(down)))
    const alarms = alarmsOf([broken], ambient)
    for (let look = 0; look < 4; look += 1) {
      expect(await alarms.look(suspect)).toBeUndefined()
      await lab.time.sleep(1000)
    }
    expect(alarms.last.get('slo-burn')).toEqual({ kind: 'no-data', detail: down.message })
    expect(lab.told.slice(told)).toEqual(Array(2).fill('Nothing is known of `slo-burn`: Could not ask: nothing listens.'))
  })

  test('a cancelled run is not told of as a silent source', async () => {
    const by = lab.process()
    const alarms = alarmsOf([trigger('slo-burn', 1000, now, () => {
      by.cancel()
      throw new Error('cut')
    })], by.ambient)
    await expect(alarms.look(suspect)).rejects.toThrow('cancelled')
    expect(alarms.last.size).toBe(0)
  })

  test('one that can not be asked is found before traffic moves', async () => {
    const unusable = new InputError([{ code: 'trigger-unusable', message: 'no way' }])
    const bad = { ...trigger('slo-burn', 1000, now, () => calm), preflight: () => Promise.reject(unusable) }
    for (const made of [alarmsOf([bad], ambient), lookoutOf([bad], ambient)]) await expect(made.preflight()).rejects.toBe(unusable)
  })
})

describe('looked at beside other work', () => {
  test('a slow one keeps nobody waiting, and is not asked again before it has answered', async () => {
    const lab = new FlowLab()
    const now = (): number => lab.time.now()
    let answer: (found: Finding) => void = () => undefined
    const slow = trigger('slo-burn', 1000, now, () => new Promise((resolve) => (answer = resolve)))
    const quick = trigger('health-check-failure', 1000, now, (look) => (look === 4 ? fired : calm))
    const lookout = lookoutOf([slow, quick], lab.process().ambient)
    const seen: unknown[] = []
    for (let second = 0; second < 5; second += 1) {
      seen.push(lookout.glance(suspect)?.name)
      await lab.time.sleep(1000)
    }
    expect(seen).toEqual([undefined, undefined, undefined, undefined, 'health-check-failure'])
    expect([slow.at.length, quick.at.length]).toEqual([1, 4])
    expect(lookout.findings()).toEqual([['health-check-failure', fired]])
    answer(fired)
    await lab.time.sleep(1)
    expect(lookout.glance(suspect)?.name).toBe('slo-burn')
  })

  test('a cancelled run is left in peace', async () => {
    const lab = new FlowLab()
    const by = lab.process()
    by.cancel()
    const lookout = lookoutOf([trigger('slo-burn', 1000, () => lab.time.now(), () => Promise.reject(new Error('cut')))], by.ambient)
    expect(lookout.glance(suspect)).toBeUndefined()
    await lab.time.sleep(10)
    expect(lookout.findings()).toEqual([])
  })
})

test.each<[Move, Move]>([
  [{ kind: 'stay' }, { kind: 'back', reason: 'slo-burn' }],
  [{ kind: 'up', decided: true }, { kind: 'back', reason: 'slo-burn' }],
  [{ kind: 'promote-unsuspected' }, { kind: 'back', reason: 'slo-burn' }],
  [{ kind: 'hold', reason: 'undecided' }, { kind: 'back', reason: 'slo-burn' }],
  [{ kind: 'back', reason: 'no-data' }, { kind: 'back', reason: 'slo-burn' }],
  [{ kind: 'back', reason: 'failed' }, { kind: 'back', reason: 'failed' }],
  [{ kind: 'back', reason: 'candidate-died' }, { kind: 'back', reason: 'candidate-died' }],
  [{ kind: 'back', reason: 'weight-changed' }, { kind: 'back', reason: 'weight-changed' }],
])('an alarm makes of %j a %j', (next, move) => {
  expect(withAlarm(next, 'slo-burn')).toEqual(move)
  expect(withAlarm(next, undefined)).toBe(next)
})
