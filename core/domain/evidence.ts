import type { Move, StepFacts } from './climbing.js'
import type { CheckVerdict, JudgeSettings, JudgeVerdict } from './judge/index.js'
import type { Arm, Arms, Percent } from './platform.js'
import type { JudgePolicy, RolloutPolicy } from './rollout.js'
import type { NoData, Sample } from './sample.js'
import type { TriggerName } from './trigger.js'
import type { VigilFrom } from './vigil.js'
import type { WatchPolicy } from './watch-facts.js'
import type { Before } from './watching.js'

/**
 * What a candidate was judged by, as its file has it: one JSON object a line, written as it happens. The first line has all that the
 * judge was told, so that its verdicts can be computed again from the file alone. The words: action-docs/guides/replay.md.
 */
export type EvidenceLine = EvidenceHeader | EvidenceStep | EvidencePoll | EvidenceMove | EvidenceOutcome

export type EvidenceHeader = ClimbHeader | WatchHeader

/** What the files of climbs and of watches say alike. */
interface Headed {
  readonly type: 'header'
  /** Format of the file. */
  readonly v: 2
  readonly at: number
  readonly delivery: string
  readonly app: string
  readonly environment: string
  readonly release: { readonly version: string; readonly commit: string }
  /** Version that served before; absent where none did. */
  readonly previous?: string
  /** Version of Ecluse; empty where it is not known. */
  readonly suite: string
  /** Where the counters come from. */
  readonly source: string
  /** By these rules; those of a watch are ceilings. */
  readonly policy: JudgePolicy
}

export interface ClimbHeader extends Headed {
  /** Absent in files that were written before there were watches. */
  readonly kind?: 'climb'
  readonly arms: { readonly [N in keyof Arms]: Omit<NonNullable<Arms[N]>, 'reach'> }
  readonly rollout: RolloutPolicy
  /** Everything that the judge went by, its defaults included. */
  readonly judge: JudgeSettings
}

/** Each process that watches a release begins a part of the file with one. */
export interface WatchHeader extends Headed {
  readonly kind: 'watch'
  readonly watch: WatchPolicy
  /** When the release had all traffic. */
  readonly since: number
  readonly arm: Omit<Arm, 'reach'>
  /** What the ceilings were made of. */
  readonly before: Before
  /** Absent where only triggers are asked. */
  readonly judge?: JudgeSettings
  /** What the judge went on from. */
  readonly from: VigilFrom
}

/** A weight that took effect: the judge began a new base. */
export interface EvidenceStep {
  readonly type: 'step'
  readonly at: number
  readonly weight: Percent
}

export interface EvidencePoll {
  readonly type: 'poll'
  readonly at: number
  readonly weight: Percent
  readonly sample: Sample | NoData
  /** What the judge said by then; absent before its first sample. */
  readonly verdict?: SeenVerdict
}

/** What was decided after a poll, and on what; a watch decides by the verdict and the triggers alone. */
export interface EvidenceMove {
  readonly type: 'move'
  readonly at: number
  readonly weight: Percent
  readonly facts?: StepFacts
  /** The trigger that had fired by then. */
  readonly alarm?: { readonly name: TriggerName; readonly detail: string }
  readonly move: Move
}

export interface EvidenceOutcome {
  readonly type: 'outcome'
  readonly at: number
  readonly ok: boolean
  readonly reason: string
  readonly message: string
}

/** A verdict as it is written down. −∞, which JSON has not, is `null`. */
export interface SeenVerdict {
  readonly decision: string
  readonly lean: string
  readonly logEFail: number | null
  readonly logEPass: number | null
  readonly checks: readonly SeenCheck[]
}

export interface SeenCheck {
  readonly name: string
  readonly logEFail: number | null
  readonly logEPass: number | null
  readonly dispersion: number
  readonly blocks: number
  readonly stable: Totals
  readonly candidate: Totals
  readonly allowedBad: number
}

type Totals = CheckVerdict['totals']['stable']

export function seenVerdict({ decision, lean, logEFail, logEPassMin, checks }: JudgeVerdict): SeenVerdict {
  return { decision, lean, logEFail: written(logEFail), logEPass: written(logEPassMin), checks: checks.map(seenCheck) }
}

function seenCheck({ name, logEFail, logEPass, dispersion, blocks, totals, allowedBad }: CheckVerdict): SeenCheck {
  return { name, logEFail: written(logEFail), logEPass: written(logEPass), dispersion, blocks, stable: totals.stable, candidate: totals.candidate, allowedBad }
}

function written(nats: number): number | null {
  return nats === -Infinity ? null : nats
}

const SUFFIX = '.jsonl'

/** How names of files end; no delivery's id ends with the word. */
const endings = { climb: '', watch: '-watch' } as const
export type EvidenceKind = keyof typeof endings

/** Where the evidence of a delivery is, below the state folder. */
export function evidenceName(environment: string, delivery: string, kind: EvidenceKind): string {
  return `${environment}-${delivery}${endings[kind]}${SUFFIX}`
}

/** The delivery that a file of this environment is of; another environment's name may begin with this one's, so its first line has the last word. */
export function deliveryOf(environment: string, name: string, kind: EvidenceKind): string | undefined {
  const end = `${endings[kind]}${SUFFIX}`
  return name.startsWith(`${environment}-`) && name.endsWith(end) ? name.slice(environment.length + 1, -end.length) : undefined
}
