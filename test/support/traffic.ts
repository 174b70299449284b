/** Seeded traffic of two arms, as the counters that a metrics source would show. Pure: the same seed, the same traffic. */
import {
  createJudge, horizonBlocks, PRESET_MARGINS,
  type CheckSample, type JudgeConfig, type JudgeDecision,
} from '../../core/domain/judge/index.js'

export interface TrafficSpec {
  /** Requests per second of both arms together. */
  readonly rps: number
  /** The candidate's share of them, 0 to 1. */
  readonly weight: number
  readonly stableRate: number
  readonly candidateRate: number
  readonly pollSeconds: number
  readonly seed: number
}

export interface TrafficPoll {
  readonly t: number
  /** Cumulative since the first poll. */
  readonly counters: CheckSample
}

export interface DetectionSpec extends TrafficSpec {
  readonly maxSeconds: number
  /** Default: one check `errors` with the preset's margins. Its horizon and time limit come from `maxSeconds`. */
  readonly config?: JudgeConfig
}

/** Uniform numbers in [0, 1): mulberry32, 32 bits of state. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A Poisson count with this mean, by counting exponential gaps; long means in pieces, or e^−mean would be zero. */
export function poisson(mean: number, random: () => number): number {
  let count = 0
  for (let left = mean; left > 0; left -= 500) {
    const end = Math.exp(-Math.min(left, 500))
    for (let product = random(); product > end; product *= random()) count += 1
  }
  return count
}

/** Polls without end: the first at second 0 with empty counters, then one every `pollSeconds`. */
export function* traffic(spec: TrafficSpec): Generator<TrafficPoll, never> {
  const random = seededRandom(spec.seed)
  const total = { stableGood: 0, stableBad: 0, candidateGood: 0, candidateBad: 0 }
  const candidateMean = spec.rps * spec.pollSeconds * spec.weight
  const stableMean = spec.rps * spec.pollSeconds * (1 - spec.weight)
  for (let poll = 0; ; poll += 1) {
    yield {
      t: poll * spec.pollSeconds,
      counters: {
        stable: { requests: total.stableGood + total.stableBad, bad: total.stableBad },
        candidate: { requests: total.candidateGood + total.candidateBad, bad: total.candidateBad },
      },
    }
    total.stableGood += poisson(stableMean * (1 - spec.stableRate), random)
    total.stableBad += poisson(stableMean * spec.stableRate, random)
    total.candidateGood += poisson(candidateMean * (1 - spec.candidateRate), random)
    total.candidateBad += poisson(candidateMean * spec.candidateRate, random)
  }
}

/** Seconds from the first poll to `decision`, or undefined when `maxSeconds` pass without it. */
export function simulateDecision(spec: DetectionSpec, decision: JudgeDecision): number | undefined {
  const config = spec.config ?? { checks: [{ name: 'errors', ...PRESET_MARGINS }] }
  const { maxSeconds, pollSeconds, weight } = spec
  const judge = createJudge({ ...config, maxSeconds, horizonBlocks: horizonBlocks(maxSeconds, pollSeconds) })
  for (const { t, counters } of traffic(spec)) {
    const sample = Object.fromEntries(config.checks.map(({ name }) => [name, counters]))
    const verdict = judge.observe(t, sample, weight)
    if (verdict.decision === decision) return t
    if (verdict.decision === 'FAIL' || t >= maxSeconds) return undefined
  }
  return undefined
}

/** Seconds to FAIL, or undefined. */
export function simulateDetection(spec: DetectionSpec): number | undefined {
  return simulateDecision(spec, 'FAIL')
}

/** The middle value; runs that never got there (undefined) count as Infinity. */
export function median(seconds: readonly (number | undefined)[]): number {
  const sorted = seconds.map((value) => value ?? Infinity).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity
}
