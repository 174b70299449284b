/** Seeded hours of a release that has all traffic, judged as `watch-release` does it: by one process, and by looks on a schedule. */
import { fact } from '../../core/domain/history-decode.js'
import { createJudge } from '../../core/domain/judge/index.js'
import { judgeConfig, judgeSample } from '../../core/domain/judging.js'
import { pastFrom } from '../../core/domain/past.js'
import type { JudgePolicy } from '../../core/domain/rollout.js'
import { openVigil, vigilConfig, type Vigil } from '../../core/domain/vigil.js'
import type { Reading, WatchState } from '../../core/domain/watch-facts.js'
import { policyAgainst } from '../../core/domain/watching.js'
import { seededDice, type Dice } from './dice.mjs'

export const policy: JudgePolicy = {
  checks: [{ metric: 'errors', name: 'errors', fail: { relative: 1.1, absolute: 0.0005 }, pass: { relative: 1.25, absolute: 0.005 }, warmupMs: 0 }],
  pollMs: 5000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100,
}
export const RPS = 50
export const watch = { forMs: 3_600_000, everyMs: 30_000 }

export interface Service {
  /** Share of bad requests by second of the watch. */
  readonly rate: (second: number) => number
  /** Bad requests come in bunches of so many. */
  readonly bunch?: number
}

/** Knuth's for few; for many a normal one, which nobody can tell from it. */
function poisson(roll: Dice, mean: number): number {
  if (mean > 100) return Math.max(0, Math.round(mean + Math.sqrt(mean) * Math.sqrt(-2 * Math.log(1 - roll.share())) * Math.cos(2 * Math.PI * roll.share())))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = roll.share(); product > limit; product *= roll.share()) count += 1
  return count
}

/** What has come in so many seconds, as counters that go on from what was there. */
export function grown({ requests, bad }: Reading[string], seconds: number, rate: number, bunch: number, roll: Dice): Reading[string] {
  const more = poisson(roll, RPS * seconds)
  return { requests: requests + more, bad: bad + Math.min(more, bunch * poisson(roll, (more * rate) / bunch)) }
}

/** The stable arm over a climb of fifteen minutes, polled every five seconds, with three quarters of the traffic. */
export function climbed({ rate, bunch = 1 }: Service, roll: Dice): readonly Reading[] {
  let errors: Reading[string] = { requests: 0, bad: 0 }
  return Array.from({ length: 180 }, () => ({ errors: (errors = grown(errors, 5 * 0.75, rate(-1), bunch, roll)) }))
}

/** The second at which the watch failed the release; `lookEvery` of 300: by looks on a schedule, each in a process of its own. */
export function failedAt(seed: number, service: Service, lookEvery: number): number | undefined {
  const roll = seededDice(seed)
  const before = pastFrom(climbed(service, roll), policy.checks)
  const { policy: against } = policyAgainst(before, policy)
  const config = vigilConfig(against, before, watch)
  let counters = { requests: 0, bad: 0 }
  let vigil: Vigil = openVigil(config, against.checks)
  const looked = (second: number): 'FAIL' | 'suspect' | 'ok' => {
    const { decision, lean } = vigil.observe({ kind: 'sample', at: second * 1000, candidate: { identity: 'v1', requests: counters.requests, errors: counters.bad } })
    return decision === 'FAIL' ? 'FAIL' : lean
  }
  const scheduled = lookEvery > 30
  const next = (from: number, seconds: number): 'FAIL' | 'suspect' | 'ok' => {
    counters = grown(counters, seconds, service.rate(from), service.bunch ?? 1, roll)
    return looked(from + seconds)
  }
  looked(0)
  for (let at = 0; at < 3600; ) {
    if (scheduled) vigil = openVigil(config, against.checks, { state: handedOn(vigil) })
    let found = next(at, lookEvery)
    at += lookEvery
    // As a look does it: one that suspects something stays for a few polls.
    for (let polls = scheduled ? 1 : 10; found === 'suspect' && polls < 10; polls += 1) {
      found = next(at, 15)
      at += 15
    }
    if (found === 'FAIL') return at
  }
  return undefined
}

/** The state as it comes out of a ledger again. */
export function handedOn(vigil: Vigil): WatchState {
  const state = { settings: '', before: {}, labels: {}, ...vigil.state(), samples: 1, sampledAt: 0 }
  const run = { id: '1', attempt: 1, actor: '', workflow: '', job: '', url: '', host: '', pid: 1, started: '' }
  const read = fact(JSON.parse(JSON.stringify({ type: 'watching', at: 0, delivery: '1', run, until: 0, state })), 'fact')
  if (read.type !== 'watching' || read.state === undefined) throw new Error('the state is lost')
  return read.state
}

/** A canary of fifteen minutes at a quarter of the traffic, both arms alike: was it failed? */
export function canaryFailed(seed: number, { rate, bunch = 1 }: Service): boolean {
  const roll = seededDice(seed)
  const judge = createJudge(judgeConfig(policy, { decideWithinMs: 900_000 }))
  let [stable, candidate] = [{ requests: 0, bad: 0 }, { requests: 0, bad: 0 }]
  for (let at = 0; at <= 900; at += 5) {
    const { decision } = judge.observe(at, judgeSample(policy.checks, { kind: 'sample', at: at * 1000, stable: asArm(stable), candidate: asArm(candidate) }), 0.25)
    if (decision === 'FAIL') return true
    stable = grown(stable, 5 * 0.75, rate(at), bunch, roll)
    candidate = grown(candidate, 5 * 0.25, rate(at), bunch, roll)
  }
  return false
}

function asArm({ requests, bad }: Reading[string]): { readonly identity: string; readonly requests: number; readonly errors: number } {
  return { identity: 'v1', requests, errors: bad }
}

/** The rule as people write it: a tenth more errors than in the quarter of an hour before, in any five minutes of the hour. */
export function thresholdFailed(seed: number, service: Service): boolean {
  const roll = seededDice(seed)
  const before = climbed(service, roll).at(-1)?.['errors'] ?? { requests: 0, bad: 0 }
  return Array.from({ length: 12 }, (_, index) => grown({ requests: 0, bad: 0 }, 300, service.rate(300 * index), service.bunch ?? 1, roll))
    .some(({ requests, bad }) => bad / requests > (1.1 * before.bad) / before.requests)
}
