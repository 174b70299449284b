/** A delivery is cancelled, or a rollback takes over, before each of its calls. */
import { describe, expect, test } from '@jest/globals'
import type { RollbackOutcome } from '../../../actions/rollback/outcome.js'
import type { Outcome } from '../../../core/domain/outcome.js'
import { SHIELD_MS } from '../../../core/delivery/turn.js'
import { atRest, FlowLab, release, type Place } from '../../support/flow-lab.js'
import type { FlowProcess } from '../../support/flow-process.js'

interface Way {
  readonly act: (lab: FlowLab, by: FlowProcess) => Promise<Outcome>
}

const placed = (strategy: 'canary' | 'blue-green'): Place => ({ rollout: { strategy }, migrate: { up: 'up', revision: 'rev', in: 'runner', backwardCompatible: true, withinMs: 1000 } })

const ways: Readonly<Record<string, Way>> = {
  'a canary': { act: (lab, by) => lab.promote('v2', { by, place: placed('canary') }) },
  'a blue-green': { act: (lab, by) => lab.promote('v2', { by, place: placed('blue-green') }) },
  'a deploy': { act: (lab, by) => lab.deploy('v2', { by, place: placed('canary') }) },
}

const begin = (): Promise<FlowLab> => new FlowLab().served('v0', 'v1')

async function placesOf({ act }: Way): Promise<readonly string[]> {
  const lab = await begin()
  const by = lab.process()
  await act(lab, by)
  return by.points
}

/** From here on it has been seen to hold the lease with all traffic on its release, and only its record is missing. */
function decided(places: readonly string[]): number {
  return places.lastIndexOf('after ledger observed')
}

describe.each(Object.entries(ways))('%s', (_, way) => {
  test('that is cancelled anywhere ends cancelled, with stable serving all, within the time it has', async () => {
    const places = await placesOf(way)
    for (const [index, where] of places.entries()) {
      const lab = await begin()
      const by = lab.process()
      let at = 0
      by.at = (_place, count) => {
        if (count !== index + 1) return
        by.cancel()
        at = lab.time.now()
      }
      const outcome = await way.act(lab, by)
      const over = /ledger (?:finish|release)/.test(where)
      expect({ reason: outcome.reason, where }).toEqual({ reason: over ? outcome.reason : 'cancelled', where })
      expect({ ...lab.rest, where }).toEqual({ ...atRest(outcome.ok ? 'v2' : 'v1'), where })
      expect(lab.time.now() - at).toBeLessThan(SHIELD_MS)
      expect(lab.unannounced).toEqual([])
      if (outcome.outputs['deployment'] === '') continue
      expect(lab.last?.result).toMatchObject({ reason: outcome.reason, ok: outcome.ok, live: release(outcome.ok ? 'v2' : 'v1') })
      expect(lab.last?.result?.bad).toBeUndefined()
    }
  })

  test('that a rollback takes over anywhere ends preempted, and the rollback at the release that served before', async () => {
    const places = await placesOf(way)
    for (const [index, where] of places.entries()) {
      const lab = await begin()
      const by = lab.process()
      let back: Promise<RollbackOutcome> | undefined
      const other = lab.process()
      by.at = async (_place, count) => {
        if (count !== index + 1) return
        back = lab.rollback({ by: other })
        while (!other.points.includes('after ledger take')) await Promise.resolve()
      }
      const outcome = await way.act(lab, by)
      const rolled = await back!
      const recorded = outcome.outputs['deployment'] !== ''
      // Without a delivery to take back, the rollback goes from what serves to the one before.
      const expected = recorded ? 'v1' : 'v0'
      expect({ ok: rolled.ok, serves: lab.rest, where, message: rolled.message }).toEqual({ ok: true, serves: atRest(expected), where, message: rolled.message })
      if (where === 'before ledger take' || index >= decided(places)) continue
      expect({ reason: outcome.reason, where }).toEqual({ reason: 'preempted', where })
      expect(rolled.reason).toBe(recorded ? 'candidate-abandoned' : 'rolled-back')
      expect(lab.last?.result).toMatchObject({ ok: true, live: release(expected), bad: release(recorded ? 'v2' : 'v1') })
      if (recorded) expect(lab.deliveries.at(-2)?.result).toMatchObject({ reason: 'preempted', ok: false, live: release('v1') })
    }
  })
})

describe('two rollbacks', () => {
  test('of which one takes over from the other anywhere, end where the first was going', async () => {
    const first = await new FlowLab().served('v0', 'v1', 'v2')
    const alone = first.process()
    await first.rollback({ by: alone })
    for (const [index, where] of alone.points.entries()) {
      const lab = await new FlowLab().served('v0', 'v1', 'v2')
      const [by, other] = [lab.process(), lab.process()]
      let back: Promise<RollbackOutcome> | undefined
      by.at = async (_place, count) => {
        if (count !== index + 1) return
        back = lab.rollback({ by: other })
        while (!other.points.includes('after ledger take')) await Promise.resolve()
      }
      const outcome = await lab.rollback({ by })
      const second = await back!
      const over = index >= decided(alone.points)
      const apart = where === 'before ledger take'
      if (!over && !apart) expect({ reason: outcome.reason, where }).toEqual({ reason: 'preempted', where })
      expect({ ok: second.ok || outcome.ok, where }).toEqual({ ok: true, where })
      const { serves, ...rest } = lab.rest
      expect({ ...rest, where }).toEqual({ candidate: undefined, weight: 0, returnsAt: 0, open: 0, holder: false, where })
      expect(over || apart ? ['v0', 'v1'] : ['v1']).toContain(serves)
    }
  })

  test('while a delivery is on its way, take back no more than that', async () => {
    const places = await placesOf(ways['a canary']!)
    for (const where of ['after platform launch v2', 'after platform shift 50', 'after platform promote']) {
      expect(places).toContain(where)
      const lab = await begin()
      const [by, one, two] = [lab.process(), lab.process(), lab.process()]
      const backs: Promise<RollbackOutcome>[] = []
      by.at = (place) => {
        if (place === where) backs.push(lab.rollback({ by: one }))
      }
      one.at = (place) => {
        if (place === 'after ledger take') backs.push(lab.rollback({ by: two }))
      }
      const outcome = await ways['a canary']!.act(lab, by)
      const [first, second] = await Promise.all(backs)
      expect([outcome.reason, first?.reason, second?.reason]).toEqual(['preempted', 'preempted', 'candidate-abandoned'])
      expect(lab.rest).toEqual(atRest('v1'))
    }
  })
})

describe('a run that lost its lease and comes back late', () => {
  test('touches nothing of those who came after it', async () => {
    const lab = await begin()
    const [by, other] = [lab.process(), lab.process()]
    let next: Outcome | undefined
    by.at = async (place) => {
      if (place !== 'after platform shift 10') return
      // As a runner that was paused: for the others it is dead, and they go on.
      lab.living.delete(lab.deliveries.at(-1)!.intent.run.pid)
      next = await lab.promote('v3', { by: other })
    }
    const outcome = await lab.promote('v2', { by })
    expect(next?.reason).toBe('promoted')
    expect(outcome.reason).toBe('preempted')
    expect(outcome.message).not.toContain('stays open')
    expect(lab.rest).toEqual(atRest('v3'))
  })

  test('takes only its own candidate along', async () => {
    const lab = await begin()
    const [by, other] = [lab.process(), lab.process()]
    by.at = async (place) => {
      if (place !== 'before platform launch v2') return
      lab.living.delete(lab.deliveries.at(-1)!.intent.run.pid)
      await lab.rollback({ by: other, to: 'v0' })
    }
    const outcome = await lab.promote('v2', { by })
    expect(outcome.reason).toBe('preempted')
    expect(lab.rest).toEqual(atRest('v0'))
  })
})

test('a cancelled rollback that waits for a delivery to yield stops waiting', async () => {
  const lab = await begin()
  const [by, other] = [lab.process(), lab.process()]
  let back: Promise<RollbackOutcome> | undefined
  let took = 0
  by.at = async (place) => {
    if (place !== 'after platform launch v2') return
    const start = lab.time.now()
    back = lab.rollback({ by: other })
    other.at = (point) => {
      if (point === 'after ledger take') setImmediate(() => other.cancel())
    }
    await back
    took = lab.time.now() - start
  }
  await lab.promote('v2', { by })
  expect(await back).toMatchObject({ ok: false, reason: 'cancelled' })
  expect(took).toBeLessThan(2000)
  expect(lab.rest).toEqual(atRest('v1'))
})
