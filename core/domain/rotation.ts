import type { RunInfo } from './history.js'
import { decodeText, number, object, oneOf, optional, text } from './local-control/decode.js'

/**
 * How far a rotation is; written down before each change, where the next run sees it. `making`: a value is being made.
 * `setting`: it is about to be stored. `verifying`: it is stored, nobody knows yet whether it works. `restoring`: it
 * does not, the old one is being put back. `revoking`: it does, the old one is being revoked. `ending`: all is done but for
 * clearing away.
 */
export const phases = ['making', 'setting', 'verifying', 'restoring', 'revoking', 'ending'] as const
export type Phase = (typeof phases)[number]

/** A rotation under way. There is nothing of any value in it, no hash either. */
export interface RotationMark {
  readonly v: 1
  readonly phase: Phase
  /** Epoch ms. */
  readonly at: number
  readonly run: string
  readonly attempt: number
  readonly job: string
  /** The process, for a later run on the same machine. */
  readonly host: string
  readonly pid: number
  readonly started: string
  /** When the stored value was last set, before and after ours (epoch ms); absent: there was none, or not yet. */
  readonly was?: number
  readonly set?: number
}

const mark = object<RotationMark>({
  v: (value, at) => {
    if (value !== 1) throw new TypeError(`\`${at}\` is not a version that is known`)
    return 1
  },
  phase: oneOf(...phases), at: number, run: text, attempt: number, job: text,
  host: text, pid: number, started: text, was: optional(number), set: optional(number),
})

/** The variable that holds it, in the environment whose secret it is. */
export function markName(secret: string): string {
  return `ECLUSE_ROTATION_${secret}`
}

export function writtenMark(given: RotationMark): string {
  return JSON.stringify(given)
}

/** Throws a `TypeError` for what is no mark of ours. */
export function readMark(written: string): RotationMark {
  return decodeText(mark, written, 'rotation')
}

/** Longer than the commands of any rotation take: a run that nobody can ask about is taken for dead then. */
export const FORGOTTEN_AFTER_MS = 2 * 3_600_000

/** Whether whoever left a mark may still be at work. `lives`: what the machine or GitHub says of it; `undefined` when nobody can tell. */
export function mayBeAtWork(left: RotationMark, self: Pick<RunInfo, 'id' | 'attempt' | 'job'>, lives: boolean | undefined, now: number): boolean {
  // An earlier step of this very job, or an earlier attempt of this run, is over.
  if (left.run === self.id && (left.attempt < self.attempt || left.job === self.job)) return false
  return lives ?? now - left.at < FORGOTTEN_AFTER_MS
}

/**
 * What is left to do of a rotation whose run is gone. `afresh`: nothing of it counts any more. `verify`: a value is
 * stored of which nobody knows whether it works. `restore`: one is stored that does not. `revoke`: only the old one is left. `end`: nothing is left but the mark.
 */
export type Resumption = { readonly kind: 'afresh' | 'verify' | 'restore' | 'revoke' | 'end'; readonly why: string }

/** `updatedAt`: when the stored value was last set; by that a change is known from none, without any value. */
export function resumption(left: RotationMark, updatedAt: number | undefined): Resumption {
  const by = `by run ${left.run}`
  if (left.phase === 'making' || (left.phase === 'setting' && updatedAt === left.was)) {
    return { kind: 'afresh', why: `A rotation begun ${by} was interrupted before a new value was stored.` }
  }
  if (left.phase === 'setting') return { kind: 'verify', why: `A rotation begun ${by} was interrupted when the new value had just been stored.` }
  if (left.phase === 'ending') return { kind: 'end', why: `A rotation begun ${by} had ended well, but for being cleared away.` }
  if (updatedAt !== left.set) {
    const who = left.phase === 'restoring' ? 'the old value was put back' : 'the value has been set by somebody since'
    return { kind: 'afresh', why: `A rotation begun ${by} was interrupted, and ${who}.` }
  }
  if (left.phase === 'verifying') return { kind: 'verify', why: `A rotation begun ${by} ended before the new value was known to work.` }
  if (left.phase === 'restoring') return { kind: 'restore', why: `A rotation begun ${by} was interrupted before the old value was back.` }
  return { kind: 'revoke', why: `A rotation begun ${by} was interrupted before the old value was revoked.` }
}
