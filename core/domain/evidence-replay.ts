import { decideMove, type Move } from './climbing.js'
import type { EvidenceHeader, EvidenceMove, EvidenceOutcome, EvidencePoll, SeenVerdict } from './evidence.js'
import { seenVerdict } from './evidence.js'
import type { NumberedLine } from './evidence-decode.js'
import { createJudge, type Judge, type JudgeVerdict } from './judge/index.js'
import { judgeSample, shareOf } from './judging.js'

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
  readonly header: EvidenceHeader
  readonly polls: readonly ReplayedPoll[]
  readonly moves: number
  readonly difference?: Difference
  readonly outcome?: EvidenceOutcome
}

/** Other versions of Node may round a logarithm otherwise in its last digit. */
const TOLERANCE = 1e-9

/** Gives the samples of a file to the same judge again. Throws a `JudgeConfigError` when it can't be made as the header says. */
export function replayEvidence(lines: readonly NumberedLine[]): Replay {
  const [first, ...rest] = lines
  if (first?.entry.type !== 'header') throw new TypeError('the first line is no header')
  const header = first.entry
  const judge = createJudge(header.judge)
  const polls: ReplayedPoll[] = []
  let moves = 0
  let verdict: JudgeVerdict | undefined
  let difference: Difference | undefined
  let outcome: EvidenceOutcome | undefined
  for (const { number: line, entry } of rest) {
    if (entry.type === 'step') judge.markStep()
    if (entry.type === 'poll') {
      verdict = judged(judge, header, entry) ?? verdict
      const now = verdict === undefined ? undefined : seenVerdict(verdict)
      polls.push({ line, poll: entry, ...(now === undefined ? {} : { now }) })
      difference ??= differing(line, 'verdict', entry.verdict, now)
    }
    if (entry.type === 'move') {
      moves += 1
      difference ??= differing(line, 'move', entry.move, moved(header, entry, verdict))
    }
    if (entry.type === 'outcome') outcome = entry
  }
  return { header, polls, moves, ...(difference === undefined ? {} : { difference }), ...(outcome === undefined ? {} : { outcome }) }
}

/** Silence tells the judge nothing. */
function judged(judge: Judge, { policy }: EvidenceHeader, { sample, weight }: EvidencePoll): JudgeVerdict | undefined {
  return sample.kind === 'sample' ? judge.observe(sample.at / 1000, judgeSample(policy.checks, sample), shareOf(sample, weight)) : undefined
}

function moved({ policy, rollout }: EvidenceHeader, { facts, alarm }: EvidenceMove, verdict: JudgeVerdict | undefined): Move {
  return decideMove(verdict, facts, rollout, policy.pollMs, alarm?.name)
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
