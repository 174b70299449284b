/** Watchers that die, watchers that meet, and looks on a schedule that go on from the record. */
import { describe, expect, test } from '@jest/globals'
import type { WatchOutcome } from '../../../actions/watch-release/outcome.js'
import { watchOf } from '../../../core/domain/watch-record.js'
import { HOUR, MINUTE, released, watchFacts } from './lab.js'
import { atRest, type FlowLab } from '../../support/flow-lab.js'
import { Died } from '../../support/flow-process.js'

/** Looks every five minutes, each a process of its own, until one says something else than that it goes on. */
async function scheduled(lab: FlowLab, most = 20): Promise<readonly WatchOutcome[]> {
  const outcomes: WatchOutcome[] = []
  while (outcomes.length < most) {
    const found = await lab.watch({ mode: 'look' })
    outcomes.push(found)
    if (found.reason !== 'still-watching' && found.reason !== 'watched-elsewhere') break
    await lab.time.sleep(5 * MINUTE)
  }
  return outcomes
}

const state = (lab: FlowLab) => watchOf(lab.store.get('production')!.history())

describe('looks on a schedule', () => {
  test('watch a healthy release to the end of its window, with nobody else', async () => {
    const lab = await released()
    const begun = lab.time.now()
    const outcomes = await scheduled(lab)
    expect(outcomes.at(-1)).toMatchObject({ ok: true, reason: 'watched', outputs: { verdict: 'pass' } })
    expect(outcomes.slice(0, -1).every(({ ok, reason }) => ok && reason === 'still-watching')).toBe(true)
    expect(outcomes.length).toBeGreaterThan(11)
    expect(lab.time.now() - begun).toBeLessThan(HOUR + 6 * MINUTE)
    // From before the first look on: the counters of the climb are its base.
    expect(Number(outcomes.at(-1)?.outputs.requests)).toBeGreaterThan(0.99 * 2000 * 3600)
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
  })

  test('take a release that turned bad back at the next one', async () => {
    const lab = await released()
    await lab.watch({ mode: 'look' })
    await lab.time.sleep(5 * MINUTE)
    lab.traffic.errors['v1'] = 0.2
    await lab.time.sleep(5 * MINUTE)
    const before = lab.time.now()
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: false, reason: 'rolled-back', outputs: { cause: 'high-error-rate', serves: 'v0' } })
    expect(lab.time.now() - before).toBeLessThan(2 * MINUTE)
    expect(lab.rest).toEqual(atRest('v0'))
  })

  test('are red while the source is silent, and go on when it speaks again', async () => {
    const lab = await released()
    lab.traffic.outage = 'unreachable'
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: false, reason: 'no-data' })
    await lab.time.sleep(20 * MINUTE)
    lab.traffic.outage = undefined
    expect((await scheduled(lab)).at(-1)).toMatchObject({ ok: true, reason: 'watched' })
  })

  test('that come only when the window is long over say that nobody watched', async () => {
    const lab = await released()
    await lab.watch({ mode: 'look' })
    await lab.time.sleep(3 * HOUR)
    lab.traffic.errors['v1'] = 0.5
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: false, reason: 'unwatched' })
    expect(lab.rest).toEqual(atRest('v1'))
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
  })

  test('leave a release alone that was delivered before anybody asked for a watch', async () => {
    const lab = await released({ watch: undefined as never })
    await lab.time.sleep(3 * HOUR)
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
  })
})

describe('a watcher in the run that delivered', () => {
  test('is left alone by the schedule as long as it lives', async () => {
    const lab = await released()
    const by = lab.process()
    const looks: WatchOutcome[] = []
    let next = lab.time.now() + 5 * MINUTE
    by.at = async () => {
      if (lab.time.now() < next || lab.time.now() > state(lab)!.startedAt + 55 * MINUTE) return
      next = lab.time.now() + 5 * MINUTE
      looks.push(await lab.watch({ mode: 'look' }))
    }
    expect(await lab.watch({ by })).toMatchObject({ ok: true, reason: 'watched' })
    expect(looks.length).toBeGreaterThan(5)
    expect(new Set(looks.map(({ reason }) => reason))).toEqual(new Set(['watched-elsewhere']))
  })

  test('that is killed is followed by the schedule, which goes on from its evidence', async () => {
    const lab = await released()
    const by = lab.process()
    const at = lab.time.now() + 20 * MINUTE
    by.at = () => {
      if (lab.time.now() >= at) by.die()
    }
    await expect(lab.watch({ by })).rejects.toBeInstanceOf(Died)
    const left = state(lab)?.state
    expect(left?.checks[0]?.totals.mC).toBeGreaterThan(15 * 60 * 2000)
    const outcomes = await scheduled(lab)
    expect(outcomes.at(-1)).toMatchObject({ ok: true, reason: 'watched' })
    expect(Number(outcomes.at(-1)?.outputs.requests)).toBeGreaterThan(0.99 * 2000 * 3600)
  })

  test('that dies on another machine is waited for until its word has run out', async () => {
    const lab = await released()
    lab.around = ({ pid }) => ({ run: { id: `run-${pid}`, attempt: 1, actor: 'ada', workflow: 'deliver', job: 'production', url: '', host: `machine-${pid}`, pid, started: '' } })
    const by = lab.process()
    const at = lab.time.now() + 20 * MINUTE
    by.at = () => {
      if (lab.time.now() >= at) by.die()
    }
    await expect(lab.watch({ by })).rejects.toBeInstanceOf(Died)
    lab.traffic.errors['v1'] = 0.2
    const died = lab.time.now()
    const outcomes = await scheduled(lab)
    expect(outcomes.map(({ reason }) => reason)).toEqual(['watched-elsewhere', 'rolled-back'])
    expect(lab.time.now() - died).toBeLessThan(11 * MINUTE)
    expect(lab.rest).toEqual(atRest('v0'))
  })

  test('that is cancelled hands on at once', async () => {
    const lab = await released()
    lab.around = ({ pid }) => ({ run: { id: `run-${pid}`, attempt: 1, actor: 'ada', workflow: 'deliver', job: 'production', url: '', host: `machine-${pid}`, pid, started: '' } })
    const by = lab.process()
    const at = lab.time.now() + 20 * MINUTE
    by.at = (point) => {
      if (lab.time.now() >= at && point === 'before metrics read') by.cancel()
    }
    expect(await lab.watch({ by })).toMatchObject({ ok: false, reason: 'cancelled' })
    expect(await lab.watch({ mode: 'look' })).toMatchObject({ ok: true, reason: 'still-watching' })
  })

  test('leaves the release before serving, wherever it dies while it goes back', async () => {
    const bad = async (): Promise<FlowLab> => {
      const lab = await released()
      lab.traffic.errors['v1'] = 0.3
      return lab
    }
    const measured = await bad()
    const whole = measured.process()
    await measured.watch({ by: whole })
    const places = whole.points.map((point, index) => ({ point, index })).filter(({ point }) => !point.includes('metrics'))
    expect(places.length).toBeGreaterThan(15)
    for (const { point, index } of places) {
      const lab = await bad()
      const by = lab.process()
      by.at = (_, count) => {
        if (count === index + 1) by.die()
      }
      await expect(lab.watch({ by })).rejects.toBeInstanceOf(Died)
      await lab.time.sleep(5 * MINUTE)
      const next = (await scheduled(lab)).at(-1)
      expect({ point, reason: next?.reason, ...lab.rest }).toEqual({ point, reason: expect.stringMatching(/^(rolled-back|nothing-to-watch)$/), ...atRest('v0'), holder: lab.rest.holder })
      expect(lab.deliveries.filter(({ intent }) => intent.kind === 'rollback')).toHaveLength(1)
    }
  })
})

describe('two watchers', () => {
  test('in two runs: the second leaves it to the first', async () => {
    const lab = await released()
    const outcomes = await Promise.all([lab.watch(), lab.watch()])
    expect(outcomes.map(({ reason }) => reason).toSorted()).toEqual(['watched', 'watched-elsewhere'])
  })

  test.each(['look', 'run'] as const)('in mode %s that find the same go back once', async (mode) => {
    const lab = await released()
    await lab.watch({ mode: 'look' })
    await lab.time.sleep(5 * MINUTE)
    lab.traffic.errors['v1'] = 0.3
    await lab.time.sleep(5 * MINUTE)
    const outcomes = await Promise.all([lab.watch({ mode }), lab.watch({ mode })])
    const reasons = outcomes.map(({ reason }) => reason)
    expect(reasons.filter((reason) => reason === 'rolled-back')).toHaveLength(1)
    expect(lab.journal.filter((line) => line.startsWith('platform restore'))).toHaveLength(1)
    expect(lab.rest).toEqual(atRest('v0'))
    expect(lab.deliveries.filter(({ intent }) => intent.kind === 'rollback')).toHaveLength(1)
  })

  test('one of which is a person: whoever has the lease looks again what serves', async () => {
    const lab = await released()
    lab.traffic.errors['v1'] = 0.3
    const by = lab.process()
    let asked: Promise<unknown> | undefined
    by.at = async (point) => {
      if (point === 'before ledger take' && asked === undefined) await (asked = lab.rollback())
    }
    expect(await lab.watch({ by })).toMatchObject({ ok: false, reason: 'taken-back', outputs: { cause: 'high-error-rate' } })
    expect(lab.deliveries.filter(({ intent }) => intent.kind === 'rollback')).toHaveLength(1)
    expect(lab.rest).toEqual(atRest('v0'))
  })

  test('that claim at the same moment are told apart by the order of the record', async () => {
    const lab = await released()
    const both = [lab.process(), lab.process()]
    const outcomes = await Promise.all(both.map((by) => lab.watch({ by, mode: 'run' })))
    expect(outcomes.filter(({ reason }) => reason === 'watched')).toHaveLength(1)
    expect(watchFacts(lab).filter(({ type }) => type === 'watched')).toHaveLength(1)
  })
})
