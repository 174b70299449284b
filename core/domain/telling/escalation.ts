import { readableDuration } from '../duration.js'
import { isFailure, shown } from './incidents.js'
import type { Notice } from '../notice.js'
import { atLeast, type Channel, type NotifyPolicy } from './policy.js'
import type { Told } from './told.js'

/** Failures that somebody should say they have seen. */
export function unseen(threads: readonly Told[]): readonly Told[] {
  return threads.filter(({ failedAt, acknowledged, notice }) => failedAt !== undefined && acknowledged === undefined && isFailure(notice))
}

/** Who is to be told now because nobody has acknowledged it, each once; `escalated` is how many escalations are behind then. */
export function due({ failedAt, escalated: before, notice }: Told, { escalations }: NotifyPolicy, now: number): { readonly to: readonly Channel[]; readonly escalated: number } {
  const over = failedAt === undefined ? [] : escalations.filter(({ afterMs }) => now - failedAt >= afterMs)
  const to = over.slice(before).filter(({ least }) => atLeast(notice.severity, least)).flatMap((escalation) => escalation.to)
  return { to, escalated: Math.max(before, over.length) }
}

/** What they are told. */
export function escalatedNotice(thread: Told, now: number): Notice {
  const notice = shown(thread)
  const forMs = readableDuration(Math.max(0, now - (thread.failedAt ?? now)))
  return { ...notice, text: `Nobody has acknowledged this for ${forMs}. ${notice.text}`.trim(), at: now }
}
