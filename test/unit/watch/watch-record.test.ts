/** What the record says of a watch: which release is in its window, who watches it, and what it is held against. */
import { describe, expect, test } from '@jest/globals'
import type { DeliveryKind, DeliveryRecord, EnvironmentHistory, Fact, RunInfo } from '../../../core/domain/history.js'
import type { PastFact, WatchedFact, WatchingFact } from '../../../core/domain/watch-facts.js'
import { pastFrom } from '../../../core/domain/past.js'
import { beforeOf, watchOf } from '../../../core/domain/watch-record.js'
import { release } from '../../support/flow-lab.js'

const run = (id: string): RunInfo => ({ id, attempt: 1, actor: 'ada', workflow: 'watch', job: 'watch', url: '', host: id, pid: 1, started: '' })

/** `promote v2 → v1`: a promotion of v2 after which v1 serves. */
function delivery(told: string, at: number, ok = true): DeliveryRecord {
  const { kind = 'promote', of = '', live = '' } = /^(?<kind>\w+) (?<of>\w+) → (?<live>\w+)$/.exec(told)?.groups ?? {}
  return { id: `d${at}`, environment: 'production', begunAt: at, fence: at, intent: { kind: kind as DeliveryKind, release: release(of), plan: [], requestedAt: at, run: run('1') }, events: [], result: { at, ok, reason: '', message: '', live: release(live) } }
}

function history(deliveries: readonly DeliveryRecord[], facts: readonly Fact[] = []): EnvironmentHistory {
  return { environment: 'production', deliveries, facts }
}

describe('the release in its window', () => {
  test.each([
    ['the last that was promoted', ['promote v1 → v1', 'promote v2 → v2'], 'd1 v2'],
    ['as before, when a later one was turned back', ['promote v1 → v1', 'promote v2 → v1'], 'd0 v1'],
    ['since it first served, when it was delivered again', ['promote v1 → v1', 'promote v1 → v1'], 'd0 v1'],
    ['as before, when a rollback took only a candidate away', ['promote v1 → v1', 'rollback v1 → v1'], 'd0 v1'],
    ['none, when a rollback brought it back', ['promote v1 → v1', 'promote v2 → v2', 'rollback v1 → v1'], undefined],
    ['none, when nobody knows how it came', ['promote v2 → v1'], undefined],
    ['none, where nothing was delivered', [], undefined],
  ] as const)('is %s', (_, told, found) => {
    const watch = watchOf(history(told.map((one, at) => delivery(one, at))))
    expect(watch && `${watch.delivery} ${watch.release.version}`).toBe(found)
  })

  test('is also one whose delivery was healed after its run had died', () => {
    expect(watchOf(history([delivery('promote v1 → v1', 0), delivery('promote v2 → v2', 1, false)]))).toMatchObject({ delivery: 'd1', startedAt: 1 })
  })
})

describe('who watches', () => {
  const speaks = (by: string, at: number, until: number, more: Partial<WatchingFact> = {}): WatchingFact => ({ type: 'watching', at, delivery: 'd0', run: run(by), until, state: { settings: by, before: {}, labels: {}, start: null, checks: [], samples: at, sampledAt: 0 }, ...more })
  const watching = (...facts: readonly WatchingFact[]): string => {
    const { watcher, state } = watchOf(history([delivery('promote v1 → v1', 0)], facts)) ?? {}
    return `${watcher?.run.id} until ${watcher?.until}, state of ${state?.settings} at ${state?.samples}`
  }

  test('the first that said so, as long as its word holds; the words of others meanwhile count for nothing', () => {
    expect(watching(speaks('a', 1, 10), speaks('b', 2, 20))).toBe('a until 10, state of a at 1')
    expect(watching(speaks('a', 1, 10), speaks('b', 2, 20), speaks('a', 5, 15))).toBe('a until 15, state of a at 5')
  })

  test('the next one, when that has run out, was given up, or its process is known to be gone', () => {
    expect(watching(speaks('a', 1, 10), speaks('b', 10, 20))).toBe('b until 20, state of b at 10')
    expect(watching(speaks('a', 1, 10), speaks('a', 2, 2), speaks('b', 3, 20))).toBe('b until 20, state of b at 3')
    expect(watching(speaks('a', 1, 10), speaks('b', 2, 20, { dead: 'a watch' }))).toBe('b until 20, state of b at 2')
    expect(watching(speaks('a', 1, 10), speaks('b', 2, 20, { dead: 'c watch' }))).toBe('a until 10, state of a at 1')
  })

  test('what is said of another delivery is not about this one', () => {
    expect(watching(speaks('a', 1, 10, { delivery: 'd9' }))).toBe('undefined until undefined, state of undefined at undefined')
  })
})

describe('what a release is held against', () => {
  const past = (requests: number): PastFact => ({ type: 'past', at: 0, delivery: 'd1', version: 'v1', labels: {}, counted: requests === 0 ? {} : { errors: { requests, bad: 1, dispersion: 2 } } })
  const watched: WatchedFact = { type: 'watched', at: 0, delivery: 'd0', version: 'v1', ok: true, reason: 'watched', detail: '', counted: { errors: { requests: 5000, bad: 50, dispersion: 3 } } }
  const before = (requests: number, facts: readonly Fact[]) => beforeOf({ past: past(requests), previous: release('v1') }, { facts }, 100)

  test('the requests of the hour in which it came, where they are enough', () => {
    expect(before(100, [watched])).toEqual({ errors: { requests: 100, bad: 1, dispersion: 2 } })
  })

  test('with those of the watch of the release before, where they are few or none', () => {
    expect(before(99, [watched])).toEqual({ errors: { requests: 5099, bad: 51, dispersion: 3 } })
    expect(before(0, [watched])).toEqual(watched.counted.errors && { errors: { ...watched.counted.errors } })
    expect(before(99, [{ ...watched, version: 'v0' }])).toEqual({ errors: { requests: 99, bad: 1, dispersion: 2 } })
    expect(before(0, [])).toEqual({})
  })

  test('counted from differences alone: a counter that fell is no requests, and one that began long ago neither', () => {
    const check = { metric: 'errors', name: 'errors', fail: { relative: 1, absolute: 0 }, pass: { relative: 1, absolute: 0 }, warmupMs: 0 } as const
    const readings = [{ requests: 1_000_000, bad: 9000 }, { requests: 1_000_100, bad: 9001 }, { requests: 10, bad: 0 }, { requests: 30, bad: 2 }].map((errors) => ({ errors }))
    expect(pastFrom(readings, [check])).toMatchObject({ errors: { requests: 120, bad: 3 } })
    expect(pastFrom(readings.slice(0, 1), [check])).toEqual({})
  })
})
