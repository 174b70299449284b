/** watch-release over fakes, by a clock that never waits: how a watch ends, and what it does about a release that turns bad. */
import { describe, expect, test } from '@jest/globals'
import { reasons, type Reason, type WatchOutcome } from '../../../actions/watch-release/outcome.js'
import type { WatchPolicy } from '../../../core/domain/watch-facts.js'
import { beforeWatch, HOUR, MINUTE, released, watchFacts } from './lab.js'
import { atRest, FlowLab } from '../../support/flow-lab.js'
import type { Trigger } from '../../../core/ports/trigger.js'

const seen = new Set<Reason>()
const told = async (outcome: Promise<WatchOutcome>): Promise<WatchOutcome> => {
  const found = await outcome
  seen.add(found.reason)
  return found
}

describe('in the run that delivered', () => {
  test('a healthy release is watched to the end of its window', async () => {
    const lab = await released()
    const begun = lab.time.now()
    const { ok, reason, message, outputs } = await told(lab.watch())
    expect({ ok, reason }).toEqual({ ok: true, reason: 'watched' })
    expect(message).toContain('v1 served 1 h and passed')
    expect(outputs).toMatchObject({ version: 'v1', serves: 'v1', verdict: 'pass', cause: '', deployment: '' })
    expect(lab.time.now() - begun).toBeLessThan(HOUR + MINUTE)
    expect(Number(outputs.requests)).toBeGreaterThan(0.95 * 2000 * 3600)
    expect(lab.rest).toEqual(atRest('v1'))
    expect(lab.journal.filter((line) => line.startsWith('platform'))).toEqual([])
    expect(watchFacts(lab).at(-1)).toMatchObject({ type: 'watched', ok: true, reason: 'watched', version: 'v1' })
    expect(lab.files.get(outputs.evidence)?.trimEnd().split('\n').length).toBeGreaterThan(100)
  })

  test('one that turns bad after ten minutes is taken back within two, and marked', async () => {
    const lab = await released()
    const turned = lab.time.now() + 10 * MINUTE
    const by = lab.process()
    by.at = () => {
      if (lab.time.now() >= turned) lab.traffic.errors['v1'] = 0.2
    }
    const { ok, reason, message, outputs } = await told(lab.watch({ by }))
    expect({ ok, reason }).toEqual({ ok: false, reason: 'rolled-back' })
    expect(message).toContain('high-error-rate of v1')
    expect(outputs).toMatchObject({ version: 'v1', serves: 'v0', verdict: 'fail', cause: 'high-error-rate' })
    expect(lab.time.now() - turned).toBeLessThan(2 * MINUTE)
    expect(lab.rest).toEqual(atRest('v0'))
    expect(lab.last).toMatchObject({ id: outputs.deployment, intent: { kind: 'rollback' }, result: { ok: true, reason: 'rolled-back', bad: { version: 'v1' } } })
    expect(lab.unannounced).toEqual([])
  })

  test('slow answers are a cause of their own', async () => {
    const lab = await released({ judge: beforeWatch('latency') })
    lab.traffic.slow['v1'] = 0.3
    expect((await told(lab.watch())).outputs).toMatchObject({ cause: 'high-response-time', serves: 'v0' })
  })

  test('with `on-fail: alert` nothing is changed, and it is said once', async () => {
    const lab = await released({ watch: { ...policy, onFail: 'alert' } })
    lab.traffic.errors['v1'] = 0.2
    expect(await told(lab.watch())).toMatchObject({ ok: false, reason: 'alerted', outputs: { serves: 'v1', cause: 'high-error-rate' } })
    expect(lab.rest).toEqual(atRest('v1'))
    expect(await told(lab.watch({ mode: 'look' }))).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
  })

  test('without any samples it is never green', async () => {
    const lab = await released()
    lab.traffic.outage = 'unreachable'
    expect(await told(lab.watch())).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringContaining('in all of 1 h: unreachable') })
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('nor when the source falls silent before the end, or nobody asks anything', async () => {
    const silent = await released()
    const by = silent.process()
    const from = silent.time.now() + 30 * MINUTE
    by.at = () => {
      if (silent.time.now() > from) silent.traffic.outage = 'stale'
    }
    expect(await told(silent.watch({ by }))).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringContaining('for the last 30 min') })
    const quiet = await released()
    quiet.traffic.rps = 0
    expect(await told(quiet.watch())).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringContaining('No requests') })
  })

  test('a silence that ends is made up for: counters go on meanwhile', async () => {
    const lab = await released()
    const [from, to] = [lab.time.now() + 10 * MINUTE, lab.time.now() + 40 * MINUTE]
    const by = lab.process()
    by.at = () => {
      lab.traffic.outage = lab.time.now() > from && lab.time.now() < to ? 'unreachable' : undefined
    }
    expect(await told(lab.watch({ by }))).toMatchObject({ ok: true, reason: 'watched' })
  })

  test('a release with too little traffic for a verdict is undecided, with the numbers', async () => {
    const strict = await released({ rollout: { onUndecided: 'hold' } })
    strict.traffic.rps = 0.01
    expect(await told(strict.watch())).toMatchObject({ ok: false, reason: 'undecided', message: expect.stringContaining('A pass would need about so many requests') })
    const lenient = await released()
    lenient.traffic.rps = 0.01
    expect(await told(lenient.watch())).toMatchObject({ ok: true, reason: 'watched-unsuspected' })
  })

  test.each([
    ['another release', (lab: FlowLab) => lab.promote('v2', { place: { rollout: { strategy: 'direct' } } }), 'v2', { ok: true, reason: 'released-again' }],
    ['a rollback by a person', (lab: FlowLab) => lab.rollback(), 'v0', { ok: false, reason: 'taken-back' }],
  ] as const)('%s meanwhile ends it', async (_, change, serves, ends) => {
    const lab = await released()
    const by = lab.process()
    const at = lab.time.now() + 5 * MINUTE
    let changed: Promise<unknown> | undefined
    by.at = async () => {
      if (changed === undefined && lab.time.now() >= at) await (changed = change(lab))
    }
    expect(await told(lab.watch({ by }))).toMatchObject(ends)
    expect(lab.time.now() - at).toBeLessThan(5 * MINUTE)
    expect(lab.rest).toEqual(atRest(serves))
  })

  test('a release is watched on while another one tries and is turned back', async () => {
    const lab = await released()
    const by = lab.process()
    const at = lab.time.now() + 5 * MINUTE
    let tried: Promise<unknown> | undefined
    lab.traffic.errors['v2'] = 0.5
    by.at = async () => {
      if (tried === undefined && lab.time.now() >= at) await (tried = lab.promote('v2'))
    }
    expect(await told(lab.watch({ by }))).toMatchObject({ ok: true, reason: 'watched' })
    expect(await tried).toMatchObject({ reason: 'high-error-rate' })
  })

  test('what is on trial beside a bad release goes back with it', async () => {
    const lab = await released()
    const other = lab.process()
    let watching: Promise<WatchOutcome> | undefined
    other.at = async (point) => {
      if (point !== 'after platform shift 10' || watching !== undefined) return
      lab.traffic.errors['v1'] = 0.3
      watching = told(lab.watch())
    }
    const tried = await lab.promote('v2', { by: other, place: { rollout: { stepAtLeastMs: 10 * MINUTE, stepAtMostMs: 20 * MINUTE, decideWithinMs: 2 * HOUR, returnAfterMs: HOUR } } })
    expect(tried.reason).toBe('preempted')
    expect(await watching).toMatchObject({ reason: 'rolled-back' })
    expect(lab.rest).toEqual(atRest('v0'))
  })

  test('what can not come back is said, and left to a person', async () => {
    const lab = await released()
    lab.world.past = []
    lab.traffic.errors['v1'] = 0.2
    expect(await told(lab.watch())).toMatchObject({ ok: false, reason: 'no-way-back', message: expect.stringContaining('v0 can not be brought back') })
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('caches are emptied after the traffic is back, and checks are made there', async () => {
    const lab = await released({ flushCache: { redis: 'redis://cache' } })
    lab.traffic.errors['v1'] = 0.2
    lab.cacheRefuses = true
    expect(await told(lab.watch())).toMatchObject({ ok: false, reason: 'flush-failed', outputs: { serves: 'v0' } })
    const failing = await released()
    failing.traffic.errors['v1'] = 0.2
    failing.status = () => 500
    expect(await told(failing.watch())).toMatchObject({ ok: false, reason: 'checks-failed', outputs: { serves: 'v0' } })
  })
})

const policy: WatchPolicy = { forMs: HOUR, everyMs: 30_000, onFail: 'rollback' }

describe('where there is nothing to judge by', () => {
  test('a first release is said to be one', async () => {
    const lab = new FlowLab()
    lab.place = { watch: policy }
    await lab.promote('v0')
    expect(await told(lab.watch())).toMatchObject({ ok: true, reason: 'first-release' })
    expect(await told(lab.watch())).toMatchObject({ reason: 'nothing-to-watch' })
  })

  test('a release after one that nobody has counted is not green', async () => {
    const lab = await new FlowLab().served('v0', 'v1')
    expect(await told(lab.watch())).toMatchObject({ ok: false, reason: 'no-past' })
  })

  test('a ceiling is enough for both', async () => {
    const tolerance = { relative: 0, absolute: 0.05 }
    const lab = new FlowLab()
    lab.place = { watch: policy, judge: { ...beforeWatch('errors'), checks: [{ metric: 'errors', name: 'errors ceiling', fail: tolerance, pass: tolerance, warmupMs: 0 }] } }
    await lab.promote('v0')
    expect(await told(lab.watch())).toMatchObject({ ok: true, reason: 'watched' })
  })

  test('without a source there is none to ask', async () => {
    const lab = await released()
    lab.measured = false
    expect(await told(lab.watch())).toMatchObject({ ok: false, reason: 'no-metrics' })
  })

  test('what a rollback brought back, or nobody delivered, is in no window', async () => {
    expect(await told(new FlowLab().watch())).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
    const lab = await released()
    await lab.rollback()
    expect(await told(lab.watch())).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
    expect(await told(lab.watch({ version: 'v1' }))).toMatchObject({ ok: false, reason: 'taken-back' })
  })
})

describe('triggers', () => {
  test('one that fires sends the release back by its name; one that is silent does not', async () => {
    const lab = await released()
    const at = lab.time.now() + 5 * MINUTE
    const trigger = { name: 'user-complaints' as const, everyMs: MINUTE, preflight: async () => undefined }
    const fires = { ...trigger, look: async () => (lab.time.now() < at ? { kind: 'no-data' as const, detail: 'nobody answers' } : { kind: 'fired' as const, detail: '7 complaints' }) }
    expect(await told(lab.watch({ triggers: [fires] }))).toMatchObject({ reason: 'rolled-back', outputs: { cause: 'user-complaints', serves: 'v0' }, message: expect.stringContaining('7 complaints') })
  })

  describe('that are slow', () => {
    const slow = (look: Trigger['look']): Trigger => ({ name: 'user-complaints', everyMs: MINUTE, preflight: async () => undefined, look })
    const never = slow(() => new Promise(() => undefined))

    test.each(['run', 'look'] as const)('keep the judge of a %s waiting for nothing', async (mode) => {
      const lab = await released()
      lab.traffic.errors['v1'] = 0.3
      const began = lab.time.now()
      expect(await told(lab.watch({ mode, triggers: [never] }))).toMatchObject({ reason: 'rolled-back', outputs: { cause: 'high-error-rate' } })
      expect(lab.time.now() - began).toBeLessThan(2 * MINUTE)
    })

    test('still send the release back by what they say at last, between two polls', async () => {
      const lab = await released({ watch: { ...policy, everyMs: 5 * MINUTE } })
      const began = lab.time.now()
      const late = slow(async () => {
        await lab.time.sleep(45_000)
        return { kind: 'fired', detail: '7 complaints' }
      })
      expect(await told(lab.watch({ triggers: [late] }))).toMatchObject({ reason: 'rolled-back', outputs: { cause: 'user-complaints' } })
      expect(lab.time.now() - began).toBeLessThan(2 * MINUTE)
    })

    test('and never answer are named, and no green comes of their silence', async () => {
      const lab = await released()
      const quick = { ...slow(async () => ({ kind: 'calm', detail: 'no restarts' })), name: 'resource-exhaustion' as const }
      const ended = await told(lab.watch({ triggers: [never, quick] }))
      expect(ended).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringMatching(/^At the end of 1 h, nothing is known of v1 by `user-complaints`: it has not answered for 1 h\.$/) })
      expect(ended.summary.parts).toContainEqual({ kind: 'table', title: 'Triggers', columns: ['Trigger', 'Found', 'Detail'], rows: [['user-complaints', 'no-data', 'it has not answered for 1 h'], ['resource-exhaustion', 'calm', 'no restarts']] })
      expect(lab.rest).toEqual(atRest('v1'))
    })

    test('and never answer end a look within a minute, named in its summary', async () => {
      const lab = await released()
      const began = lab.time.now()
      const looked = await told(lab.watch({ mode: 'look', triggers: [never] }))
      expect(looked).toMatchObject({ reason: 'still-watching' })
      expect(JSON.stringify(looked.summary)).toContain('["user-complaints","no-data","it has not answered for ')
      expect(lab.time.now() - began).toBeLessThan(MINUTE)
    })
  })

  test('alone they are enough, unless they tell nothing', async () => {
    const lab = await released()
    lab.measured = false
    const trigger = { name: 'slo-burn' as const, everyMs: MINUTE, preflight: async () => undefined }
    expect(await told(lab.watch({ triggers: [{ ...trigger, look: async () => ({ kind: 'no-data', detail: 'no budget' }) }] }))).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringContaining('no budget') })
    const calm = await released()
    calm.measured = false
    expect(await told(calm.watch({ triggers: [{ ...trigger, look: async () => ({ kind: 'calm', detail: 'all is well' }) }] }))).toMatchObject({ ok: true, reason: 'watched' })
  })
})

test('every way to end that these tests are about was seen', () => {
  const elsewhere: readonly string[] = ['still-watching', 'watched-elsewhere', 'unwatched', 'not-configured', 'unhealthy', 'wrong-version', 'preempted', 'cancelled', 'error', 'stuck']
  const reached: ReadonlySet<string> = seen
  expect(Object.keys(reasons).filter((reason) => !reached.has(reason) && !elsewhere.includes(reason))).toEqual([])
})
