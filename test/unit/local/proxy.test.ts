import { expect, test } from '@jest/globals'
import { decodeCounters, localPlaces } from '../../../core/domain/local-control/index.js'
import { newCounters } from '../../../core/local/proxy/counters.js'
import { prometheusText } from '../../../core/local/proxy/prometheus.js'
import { newSplit } from '../../../core/local/proxy/split.js'
import { stickyChoice } from '../../../core/local/proxy/sticky.js'
import { seededRandom } from '../../support/traffic.js'

test.each([1, 5, 10, 25, 33, 50, 80, 99])('a split at %i %% is exact over every hundred requests', (weight) => {
  const split = newSplit(seededRandom(weight))
  for (let round = 0; round < 20; round += 1) {
    const chosen = Array.from({ length: 100 }, () => split.next(weight)).filter(Boolean).length
    expect(chosen).toBe(weight)
  }
})

test('at 25 % every four requests hold one candidate', () => {
  const split = newSplit(seededRandom(1))
  for (let round = 0; round < 50; round += 1) expect([0, 0, 0, 0].map(() => split.next(25)).filter(Boolean)).toHaveLength(1)
})

test('a client that asks two addresses in turn finds both on both arms', () => {
  const split = newSplit(seededRandom(7))
  const seen = { even: 0, odd: 0 }
  for (let round = 0; round < 1000; round += 1) {
    if (split.next(50)) seen.even += 1
    if (split.next(50)) seen.odd += 1
  }
  expect(seen.even + seen.odd).toBe(1000)
  expect(Math.abs(seen.even - seen.odd)).toBeLessThan(150)
})

test('a changed weight is in effect with the next request', () => {
  const split = newSplit(seededRandom(1))
  for (let count = 0; count < 7; count += 1) split.next(50)
  expect([split.next(0), split.next(100)]).toEqual([false, true])
})

test('a client keeps its arm while the weight rises, and the next candidate meets others first', () => {
  const cookies = Array.from({ length: 5000 }, () => stickyChoice(undefined, 'one', 0).cookie!.split(';')[0]!)
  const on = (candidate: string, weight: number): Set<string> => new Set(cookies.filter((cookie) => stickyChoice(cookie, candidate, weight).candidate))
  const few = on('one', 10)
  const more = on('one', 30)
  for (const cookie of few) expect(more).toContain(cookie)
  expect(more.size / cookies.length).toBeGreaterThan(0.25)
  expect(more.size / cookies.length).toBeLessThan(0.35)
  expect([...on('two', 10)].filter((cookie) => few.has(cookie)).length).toBeLessThan(few.size / 2)
  expect(stickyChoice(`a=b; ${cookies[0]}; c=d`, 'one', 30).cookie).toBeUndefined()
})

test('counters become JSON and Prometheus text', () => {
  const counters = newCounters()
  counters.count('answered', 4)
  counters.count('failed', 400)
  counters.count('aborted', 20_000)
  const report = { at: 1, weight: 25, arms: [{ arm: 'candidate' as const, instance: 'i', version: 'v"2', ...counters.report() }] }
  expect(decodeCounters(JSON.parse(JSON.stringify(report)), 'counters')).toEqual(report)
  expect(report.arms[0]).toMatchObject({ requests: 3, errors: 1, aborted: 1, latencySumMs: 20_404 })
  const lines = prometheusText('staging', report).split('\n')
  const labels = 'environment="staging",version="v\\"2",instance="i"'
  expect(lines).toContain(`ecluse_requests_total{${labels}} 3`)
  expect(lines).toContain(`ecluse_request_duration_seconds_bucket{${labels},le="0.4"} 2`)
  expect(lines).toContain(`ecluse_request_duration_seconds_bucket{${labels},le="+Inf"} 3`)
  expect(lines).toContain(`ecluse_arm{${labels},arm="candidate"} 1`)
  expect(lines).toContain('ecluse_candidate_weight{environment="staging"} 25')
})

test('an environment\'s name is one folder, whatever is in it', () => {
  expect(localPlaces('/s', 'eu/production').folder).toBe('/s/local/eu%2Fproduction')
  expect(localPlaces('/s', '..').folder).toBe('/s/local/%2E%2E')
})
