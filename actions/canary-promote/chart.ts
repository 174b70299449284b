import type { Mark, SummaryPart } from '../../core/domain/outcome.js'
import type { MetricCheck } from '../../core/domain/rollout.js'
import type { ArmCounters } from '../../core/domain/sample.js'
import type { TrackPoint } from './climb.js'

/** Both arms' share of bad requests from poll to poll, with the weights marked. */
export function evidenceChart(track: readonly TrackPoint[], checks: readonly MetricCheck[]): SummaryPart {
  const metric = checks[0]?.metric ?? 'errors'
  const start = track[0]?.at ?? 0
  const bad = (counters: ArmCounters): number => (metric === 'errors' ? counters.errors : (counters.slow ?? 0))
  const points = (arm: 'stable' | 'candidate'): (readonly [number, number])[] =>
    track.flatMap((point, index) => {
      const now = point.sample
      const before = track[index - 1]?.sample
      if (now.kind === 'no-data' || before === undefined || before.kind === 'no-data') return []
      const [a, b] = [before[arm], now[arm]]
      if (a === undefined || b === undefined || b.requests <= a.requests) return []
      return [[(point.at - start) / 1000, (100 * Math.max(0, bad(b) - bad(a))) / (b.requests - a.requests)] as const]
    })
  return {
    kind: 'chart',
    title: metric === 'errors' ? 'Failed requests' : 'Slow requests',
    unit: '%',
    series: [{ name: 'stable', points: points('stable') }, { name: 'candidate', points: points('candidate') }],
    marks: marks(track, start),
  }
}

function marks(track: readonly TrackPoint[], start: number): readonly Mark[] {
  return track.flatMap((point, index) => (track[index - 1]?.weight === point.weight ? [] : [{ at: (point.at - start) / 1000, label: `${point.weight} %` }]))
}
