import { readableDuration } from '../duration.js'
import { isFailure, shown } from './incidents.js'
import type { Notice } from '../notice.js'
import { atLeast, type Channel, type NotifyPolicy } from './policy.js'
import type { Told } from './told.js'

/** Failures that somebody should say they have seen. */
export function unseen(threads: readonly Told[]): readonly Told[] {
  return threads.filter(({ failedAt, acknowledged, notice }) => failedAt !== undefined && acknowledged === undefined && isFailure(notice))
}

/** A failure that began longer ago is nobody's news any more. */
const STALE_MS = 24 * 3_600_000

/** Failures that no channel could be told. */
export function untoldFailures(threads: readonly Told[], now: number): readonly Told[] {
  return unseen(threads).filter(({ messages, failedAt = 0 }) => messages.length === 0 && now - failedAt <= STALE_MS)
}

/** Who is to be told now because nobody has acknowledged it, and has no message of it yet. */
export function due({ failedAt, messages, notice }: Told, { escalations }: NotifyPolicy, now: number): readonly Channel[] {
  if (failedAt === undefined) return []
  const over = escalations.filter(({ afterMs, least }) => now - failedAt >= afterMs && atLeast(notice.severity, least))
  return over.flatMap(({ to }) => to).filter(({ id }) => !messages.some(({ channel }) => channel === id))
}

/** What they are told. */
export function escalatedNotice(thread: Told, now: number): Notice {
  const notice = shown(thread)
  const forMs = readableDuration(Math.max(0, now - (thread.failedAt ?? now)))
  return { ...notice, text: `Nobody has acknowledged this for ${forMs}. ${notice.text}`.trim(), at: now }
}
