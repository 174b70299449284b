import { counted } from '../../core/domain/judging.js'
import type { Mark, SummaryPart } from '../../core/domain/outcome.js'
import type { MetricCheck } from '../../core/domain/rollout.js'
import type { TrackPoint } from './climb.js'

const USUAL = { metric: 'errors', name: 'errors' } as const

/** Both arms' share of bad requests from poll to poll, with the weights marked. */
export function evidenceChart(track: readonly TrackPoint[], checks: readonly MetricCheck[]): SummaryPart {
  const check = checks[0] ?? USUAL
  const start = track[0]?.at ?? 0
  const points = (arm: 'stable' | 'candidate'): (readonly [number, number])[] =>
    track.flatMap((point, index) => {
      const now = point.sample
      const before = track[index - 1]?.sample
      if (now.kind === 'no-data' || before === undefined || before.kind === 'no-data') return []
      const [a, b] = [before[arm], now[arm]].map((counters) => counters && counted(check, counters))
      if (a === undefined || b === undefined || b.requests <= a.requests) return []
      return [[(point.at - start) / 1000, (100 * Math.max(0, b.bad - a.bad)) / (b.requests - a.requests)] as const]
    })
  return {
    kind: 'chart',
    title: { errors: 'Failed requests', latency: 'Slow requests', business: check.name }[check.metric],
    unit: '%',
    series: [{ name: 'stable', points: points('stable') }, { name: 'candidate', points: points('candidate') }],
    marks: marks(track, start),
  }
}

function marks(track: readonly TrackPoint[], start: number): readonly Mark[] {
  return track.flatMap((point, index) => (track[index - 1]?.weight === point.weight ? [] : [{ at: (point.at - start) / 1000, label: `${point.weight} %` }]))
}
