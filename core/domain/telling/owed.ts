import type { Notice } from '../notice.js'
import { allChannels, routed, type NotifyPolicy } from './policy.js'
import type { Told } from './told.js'

/** What one channel has not been told, because it could not be reached when it was news. */
export interface Owed {
  readonly channel: string
  /** Of the last try, or when it was told after all (epoch ms). */
  readonly at: number
  /** Runs that have tried so far; 0: it knows by now. */
  readonly tries: number
}

const DAY_MS = 24 * 3_600_000
/** A message that nobody has seen yet is no news after a day; one that stands there is wrong for as long as the record knows of it. */
const FRESH_MS = DAY_MS
const STANDING_MS = 7 * DAY_MS
/** The next run tries at once; then ever later. */
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000

/** What is on its way is not owed to anybody: its end will be. */
export function isOwed(thread: Told, channel: string, notice: Notice, policy: NotifyPolicy): boolean {
  return notice.state !== 'running' && (has(thread, channel) || routed(policy, notice.severity).some(({ id }) => id === channel))
}

/** One more run has tried in vain, or is about to. */
export function owing(thread: Told, channel: string, now: number, more = 1): Told {
  const tries = thread.owed?.find((one) => one.channel === channel)?.tries ?? 0
  return withOwed(thread, { channel, at: now, tries: Math.max(1, tries + more) })
}

/** It has been told. */
export function paid(thread: Told, channel: string, now: number): Told {
  return isOpen(thread, channel) ? withOwed(thread, { channel, at: now, tries: 0 }) : thread
}

export function owesAnybody({ owed = [] }: Told): boolean {
  return owed.some(({ tries }) => tries > 0)
}

export function isOpen({ owed = [] }: Told, channel: string): boolean {
  return owed.some((one) => one.channel === channel && one.tries > 0)
}

/** Of words that two runs wrote, for each channel the later one. */
export function owedOf(older: readonly Owed[] = [], newer: readonly Owed[] = []): readonly Owed[] {
  const found = new Map(older.map((one) => [one.channel, one]))
  for (const one of newer) if ((found.get(one.channel)?.at ?? 0) <= one.at) found.set(one.channel, one)
  return [...found.values()]
}

/** What is to be made up for now, where it still matters to somebody. */
export function payable(threads: readonly Told[], policy: NotifyPolicy, now: number): readonly { readonly thread: Told; readonly channel: string }[] {
  const usable = new Set(allChannels(policy).map(({ id }) => id))
  return threads.flatMap((thread) => (thread.owed ?? [])
    .filter(({ channel, at, tries }) => tries > 0 && usable.has(channel) && now - at >= pauseAfter(tries))
    .filter(({ channel }) => isOwed(thread, channel, thread.notice, policy) && now - thread.notice.at <= (has(thread, channel) ? STANDING_MS : FRESH_MS))
    .map(({ channel }) => ({ thread, channel })))
}

function pauseAfter(tries: number): number {
  return tries <= 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (tries - 2), LONGEST_PAUSE_MS)
}

function has({ messages }: Told, channel: string): boolean {
  return messages.some((message) => message.channel === channel)
}

function withOwed(thread: Told, owed: Owed): Told {
  return { ...thread, owed: [...(thread.owed ?? []).filter(({ channel }) => channel !== owed.channel), owed] }
}
