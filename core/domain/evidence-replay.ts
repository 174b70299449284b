import { decideMove, type Move } from './climbing.js'
import type { ClimbHeader, EvidenceHeader, EvidenceMove, EvidenceOutcome, EvidencePoll, SeenVerdict, WatchHeader } from './evidence.js'
import { seenVerdict } from './evidence.js'
import type { NumberedLine } from './evidence-decode.js'
import { createJudge, type JudgeVerdict } from './judge/index.js'
import { candidateShare, judgeSample } from './judging.js'
import type { Sample } from './sample.js'
import { openVigil, vigilMove } from './vigil.js'

/** One poll again: what was written, and what the judge says of it now. */
export interface ReplayedPoll {
  readonly line: number
  readonly poll: EvidencePoll
  readonly now?: SeenVerdict
}

/** The first place where the file and this judge part ways. */
export interface Difference {
  readonly line: number
  /** `verdict.logEFail`, `move.kind`, … */
  readonly field: string
  readonly written: unknown
  readonly now: unknown
}

export interface Replay {
  /** The first one. */
  readonly header: EvidenceHeader
  /** So many processes took turns; a climb has one. */
  readonly parts: number
  readonly polls: readonly ReplayedPoll[]
  readonly moves: number
  readonly difference?: Difference
  readonly outcome?: EvidenceOutcome
}

/** Other versions of Node may round a logarithm otherwise in its last digit. */
const TOLERANCE = 1e-9

/**
 * Gives the samples of a file to the same judge again; where a watcher went on, from the state that it had. Throws a `JudgeConfigError`, or
 * a `JudgeSnapshotError`, when a judge can't be made as a header says.
 */
export function replayEvidence(lines: readonly NumberedLine[]): Replay {
  const [first, ...rest] = lines
  if (first?.entry.type !== 'header') throw new TypeError('the first line is no header')
  let bench = benchOf(first.entry)
  let parts = 1
  const polls: ReplayedPoll[] = []
  let moves = 0
  let verdict: JudgeVerdict | undefined
  let difference: Difference | undefined
  let outcome: EvidenceOutcome | undefined
  for (const { number: line, entry } of rest) {
    if (entry.type === 'header') {
      bench = benchOf(entry)
      parts += 1
      verdict = undefined
    }
    if (entry.type === 'step') bench.step()
    if (entry.type === 'poll') {
      // Silence tells the judge nothing.
      if (entry.sample.kind === 'sample') verdict = bench.judge(entry.sample, entry.weight)
      const now = verdict === undefined ? undefined : seenVerdict(verdict)
      polls.push({ line, poll: entry, ...(now === undefined ? {} : { now }) })
      difference ??= differing(line, 'verdict', entry.verdict, now)
    }
    if (entry.type === 'move') {
      moves += 1
      difference ??= differing(line, 'move', entry.move, bench.move(entry, verdict))
    }
    if (entry.type === 'outcome') outcome = entry
  }
  return { header: first.entry, parts, polls, moves, ...(difference === undefined ? {} : { difference }), ...(outcome === undefined ? {} : { outcome }) }
}

/** Who judges and decides, as a header says. */
interface Bench {
  step(): void
  judge(sample: Sample, weight: number): JudgeVerdict | undefined
  move(written: EvidenceMove, verdict: JudgeVerdict | undefined): Move | undefined
}

function benchOf(header: EvidenceHeader): Bench {
  return header.kind === 'watch' ? watchBench(header) : climbBench(header)
}

function climbBench({ policy, rollout, judge: settings }: ClimbHeader): Bench {
  const judge = createJudge(settings)
  return {
    step: () => judge.markStep(),
    judge: (sample, weight) => judge.observe(sample.at / 1000, judgeSample(policy.checks, sample), candidateShare(sample, weight)),
    move: ({ facts, alarm }, verdict) => facts && decideMove(verdict, facts, rollout, policy, alarm?.name),
  }
}

function watchBench({ policy, judge: settings, from }: WatchHeader): Bench {
  const vigil = settings === undefined ? undefined : openVigil(settings, policy.checks, from)
  return {
    step: () => undefined,
    judge: (sample) => vigil?.observe(sample),
    move: ({ alarm }, verdict) => vigilMove(verdict, policy.checks, alarm?.name),
  }
}

/** The first field in which two values differ, however deep. */
function differing(line: number, field: string, written: unknown, now: unknown): Difference | undefined {
  if (isMapping(written) && isMapping(now)) {
    for (const key of new Set([...Object.keys(written), ...Object.keys(now)])) {
      const found = differing(line, `${field}.${key}`, Reflect.get(written, key), Reflect.get(now, key))
      if (found !== undefined) return found
    }
    return undefined
  }
  return same(written, now) ? undefined : { line, field, written, now }
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function same(written: unknown, now: unknown): boolean {
  if (typeof written !== 'number' || typeof now !== 'number') return written === now
  return Math.abs(written - now) <= TOLERANCE + TOLERANCE * Math.abs(written)
}
