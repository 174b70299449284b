/** A metric of the user's own beside errors, from the poll to the outcome. */
import { describe, expect, test } from '@jest/globals'
import type { PromoteOutcome } from '../../../actions/canary-promote/outcome.js'
import { decodeEvidence } from '../../../core/domain/evidence-decode.js'
import { replayEvidence } from '../../../core/domain/evidence-replay.js'
import type { MetricCheck } from '../../../core/domain/rollout.js'
import { FlowLab } from '../../support/flow-lab.js'

const { judge } = new FlowLab().environment()
const orders: MetricCheck = { metric: 'business', name: 'orders', wanted: true, fail: { relative: 1 / 0.9, absolute: 0 }, pass: { relative: 1 / 0.75, absolute: 0 }, warmupMs: 0 }
const place = { judge: { ...judge, checks: [...judge.checks, orders] } }

async function serving(shares: Record<string, number>): Promise<FlowLab> {
  const lab = new FlowLab()
  expect((await lab.promote('v1')).ok).toBe(true)
  lab.traffic.orders = shares
  return lab
}

function replayed(lab: FlowLab, { outputs: { evidence } }: PromoteOutcome): ReturnType<typeof replayEvidence> {
  const { lines, problems } = decodeEvidence(lab.files.get(evidence)!)
  expect(problems).toEqual([])
  return replayEvidence(lines)
}

const tableOf = (outcome: PromoteOutcome): readonly (readonly string[])[] => outcome.summary.parts.flatMap((part) => (part.kind === 'table' && part.title?.startsWith('Verdict') ? [part.columns, ...part.rows] : []))

describe('a metric of the user’s own', () => {
  test('that is as before lets the release through, and is in the table by its name', async () => {
    const lab = await serving({ v1: 0.05, v2: 0.05 })
    const outcome = await lab.promote('v2', { place })
    expect(outcome).toMatchObject({ ok: true, reason: 'promoted', outputs: { verdict: 'pass' } })
    const [columns, errors, own] = tableOf(outcome)
    expect(columns!.slice(0, 4)).toEqual(['Check', 'Stable', 'Candidate', 'Allowed'])
    expect([errors![0], own![0]]).toEqual(['errors', 'orders'])
    expect(own!.slice(1, 4)).toEqual([expect.stringMatching(/^\d+ of \d+ \(5\.\d\d %\)$/), expect.stringMatching(/^\d+ of \d+ \(5\.\d\d %\)$/), expect.stringMatching(/^at least \d+\.\d$/)])
    expect(Number(own!.at(-1))).toBeGreaterThan(1000)
    expect(replayed(lab, outcome)).toMatchObject({ outcome: { reason: 'promoted' } })
    expect(replayed(lab, outcome).difference).toBeUndefined()
  })

  test('that is worse sends it back by its own reason, and the evidence says the same again', async () => {
    const lab = await serving({ v1: 0.05, v2: 0.01 })
    const outcome = await lab.promote('v2', { place })
    expect(outcome).toMatchObject({ ok: false, reason: 'business-metric', message: expect.stringContaining('orders: ') })
    expect(lab.last?.result).toMatchObject({ reason: 'business-metric', bad: { version: 'v2' } })
    expect(lab.told.join('\n')).not.toContain('orders: 0 of 0')
    const replay = replayed(lab, outcome)
    expect([replay.difference, replay.polls.at(-1)!.now!.decision]).toEqual([undefined, 'FAIL'])
    expect(replay.polls.at(-1)!.poll.sample).toMatchObject({ candidate: { business: { orders: { of: expect.any(Number), events: expect.any(Number) } } } })
    // Whoever changes a count of it finds out.
    const source = lab.files.get(outcome.outputs.evidence)!
    const forged = source.replace(/("candidate":\{[^{}]*"business":\{"orders":\{"of":\d+,"events":)(\d+)/g, (_, before: string, events: string) => `${before}${Number(events) * 5}`)
    expect(forged).not.toBe(source)
    expect(replayEvidence(decodeEvidence(forged).lines).difference?.field).toMatch(/^verdict\./)
  })

  test('errors come first where both speak against it', async () => {
    const lab = await serving({ v1: 0.05, v2: 0 })
    lab.traffic.errors['v2'] = 0.5
    expect(await lab.promote('v2', { place })).toMatchObject({ reason: 'high-error-rate' })
  })

  test('that nobody counts of the candidate never lets it through: it is no data, by its name', async () => {
    const lab = await serving({ v1: 0.05 })
    const outcome = await lab.promote('v2', { place })
    expect(outcome).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringMatching(/^At 10 % there was nothing to judge by: `orders` is empty, no series of `orders_total` is of candidate\. Went back/) })
    expect(lab.last?.result).not.toHaveProperty('bad')
    expect(replayed(lab, outcome).difference).toBeUndefined()
    expect(replayed(lab, outcome).polls[0]!.poll.sample).toMatchObject({ kind: 'sample', missing: [{ name: 'orders', cause: 'empty' }] })
  })

  test('that falls silent after a pass lets nothing go up any more', async () => {
    const lab = await serving({ v1: 0.05, v2: 0.05 })
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 50') delete lab.traffic.orders!['v2']
    }
    const outcome = await lab.promote('v2', { place, by })
    expect(outcome).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringMatching(/^At 50 % there was nothing to judge by: `orders` is empty/), outputs: { version: 'v1', verdict: 'pass' } })
    expect(replayed(lab, outcome).difference).toBeUndefined()
  })

  test('does not hide what is known meanwhile: errors send the release back at once', async () => {
    const lab = await serving({ v1: 0.05 })
    lab.traffic.errors['v2'] = 0.5
    const outcome = await lab.promote('v2', { place })
    expect(outcome).toMatchObject({ reason: 'high-error-rate' })
    expect(replayed(lab, outcome).difference).toBeUndefined()
  })

  test('is in the plan as people say it', async () => {
    const lab = await serving({ v1: 0.05, v2: 0.05 })
    const refunds: MetricCheck = { metric: 'business', name: 'refunds', fail: { relative: 1.1, absolute: 0.001 }, pass: { relative: 1.25, absolute: 0.001 }, warmupMs: 0 }
    const outcome = await lab.promote('v2', { place: { judge: { ...judge, checks: [orders, refunds] } }, dryRun: true })
    const plan = outcome.summary.parts.flatMap((part) => (part.kind === 'details' ? [part.text] : [])).join('\n')
    expect(plan).toContain('orders: fails below stable\'s rate −10 %, passes above stable\'s rate −25 %\nrefunds: fails above stable\'s rate +10 % +0.1 points, passes below stable\'s rate +25 % +0.1 points')
  })
})
