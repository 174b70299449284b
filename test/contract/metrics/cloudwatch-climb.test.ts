/** Whole canaries on a clock that never waits, judged by counts that come minutes late. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { promote } from '../../../actions/canary-promote/flow.js'
import type { PromoteOutcome } from '../../../actions/canary-promote/outcome.js'
import { cloudWatchMetrics } from '../../../core/drivers/metrics/cloudwatch/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { flow } from '../../support/fakes/metrics.js'
import { FlowLab } from '../../support/flow-lab.js'
import { startCloudWatch, unwell, type FakeCloudWatch } from '../../support/services/cloudwatch.js'

const BALANCER = 'app/shop/50dc6c495c0c9188'
const BLUE = 'targetgroup/shop-blue/73e2d6bc24d8a067'
const GREEN = 'targetgroup/shop-green/943f017f100becff'
const MINUTE = 60_000
/** From the end of a minute until CloudWatch has it. */
const LATE_MS = 90_000
const env = { AWS_ACCESS_KEY_ID: 'AKIDFAKE', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'eu-west-3' }
const rollout = { stepAtLeastMs: 5 * MINUTE, stepAtMostMs: 20 * MINUTE, decideWithinMs: 2 * 60 * MINUTE, returnAfterMs: 2 * MINUTE }

let lab: FlowLab
let fake: FakeCloudWatch
let last: Map<string, { readonly requests: number; readonly errors: number }>
let waiting: { readonly group: string; readonly at: number; readonly requests: number; readonly errors: number }[]
let lookedAt = 0

beforeEach(async () => {
  lab = await new FlowLab({}, 50).served('1.0.0')
  fake = await startCloudWatch(BALANCER, 'eu-west-3')
  last = new Map()
  waiting = []
  for (let minute = 1; minute <= 10; minute += 1) fake.count(BLUE, lab.time.now() - minute * MINUTE, { requests: 3000 })
  lookedAt = lab.time.now()
})
afterEach(() => fake.close())

/** What was served since the last look is of the minute of that look; CloudWatch has it when its time has come. */
function publish(): void {
  flow(lab.traffic)
  const now = lab.time.now()
  for (const [arm, group] of [['stable', BLUE], ['candidate', GREEN]] as const) {
    const id = lab.world[arm]?.id
    const counted = id === undefined ? undefined : lab.traffic.counted.get(id)
    if (id === undefined || counted === undefined) continue
    const before = last.get(id) ?? (arm === 'stable' ? counted : { requests: 0, errors: 0 })
    last.set(id, counted)
    waiting.push({ group, at: lookedAt, requests: Math.round(counted.requests) - Math.round(before.requests), errors: Math.round(counted.errors) - Math.round(before.errors) })
  }
  lookedAt = now
  for (const one of waiting.splice(0)) {
    if (Math.floor(one.at / MINUTE) * MINUTE + MINUTE + LATE_MS > now) waiting.push(one)
    else if (one.requests > 0) fake.count(one.group, one.at, one)
  }
}

async function canary({ pollMs = 30_000, blind = false } = {}): Promise<{ readonly outcome: PromoteOutcome; readonly minutes: number }> {
  const by = lab.process()
  const source = cloudWatchMetrics({ endpoint: fake.url, loadBalancer: BALANCER, targetGroups: { stable: BLUE, candidate: GREEN }, staleMs: 5 * MINUTE }, by.ambient, env)
  const metrics: Metrics = {
    ...source, preflight: (arms) => lab.time.standstill(() => source.preflight(arms)),
    read: (arms) => {
      publish()
      if (blind) fake.trouble(unwell)
      return lab.time.standstill(() => source.read(arms))
    },
  }
  const began = lab.time.now()
  const outcome = await by.life(promote(lab.request('1.1.0', { place: { rollout, judge: { ...lab.environment().judge, pollMs } } }), { ...by.ports(), metrics }, by.ambient))
  return { outcome, minutes: (lab.time.now() - began) / MINUTE }
}

test('a good release goes all the way', async () => {
  const { outcome } = await canary()
  expect(outcome).toMatchObject({ ok: true })
  expect(lab.rest).toMatchObject({ serves: '1.1.0', weight: 0, open: 0 })
})

test('one that fails is sent back within minutes of its first traffic', async () => {
  lab.traffic.errors['1.1.0'] = 0.2
  const { outcome, minutes } = await canary()
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(/^(failed|high-error-rate)$/) })
  expect(minutes).toBeLessThan(7)
  expect(lab.rest).toMatchObject({ serves: '1.0.0', weight: 0 })
})

test('one that nobody can see is sent back, never promoted', async () => {
  expect((await canary({ blind: true })).outcome).toMatchObject({ ok: false, reason: 'no-data' })
  expect(lab.rest).toMatchObject({ serves: '1.0.0', weight: 0 })
})

test('at the pace that the configuration refuses, a good release would not be seen in time', async () => {
  expect((await canary({ pollMs: 5000 })).outcome).toMatchObject({ ok: false, reason: 'no-data' })
})
