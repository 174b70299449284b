import { readableDuration } from '../duration.js'
import type { Notice } from '../notice.js'
import { atLeast } from './policy.js'
import type { News, Told } from './told.js'

/** What a piece of news does to the threads. */
export interface Decided {
  /** The thread that it belongs to, with the news in it; absent where there is nothing to say. */
  readonly thread?: Told
  /** Threads that are over by it. */
  readonly over: readonly Told[]
}

/** Of a text no more than a channel shows and a ledger keeps. */
const LONGEST = { title: 200, text: 1500, fact: 300 } as const
const MOST_FACTS = 16

/**
 * Finds the thread of a piece of news, or opens one. What fails again soon after goes on in the thread of the first failure, which counts, until
 * somebody has seen it; success ends that, and every other failure of its topics and what waited for somebody.
 */
export function decide(threads: readonly Told[], news: News, digestMs: number): Decided {
  const notice = shortened(news.notice)
  const found = threadOf(threads, notice, news.topic, digestMs)
  const topics = [news.topic, ...(news.ends ?? [])]
  const over = notice.state === 'succeeded' ? threads.filter((one) => one.id !== found?.id && stands(one) && topics.includes(one.topic)) : []
  const ends = over.map((one) => ended(one, notice))
  if (news.quiet === true && found?.failedAt === undefined) return { over: ends }
  return { thread: continued(found ?? opened(threads, notice, news.topic), notice, news.until), over: ends }
}

function threadOf(threads: readonly Told[], notice: Notice, topic: string, digestMs: number): Told | undefined {
  const known = threads.findLast(({ keys }) => keys.includes(notice.key))
  // What was over and is told of anew is another story: nobody looks at a message of last month.
  if (known !== undefined && (notice.state === 'succeeded' || !(known.notice.state === 'succeeded' || isGraver(notice, known)))) return known
  return threads.findLast((one) => one.topic === topic && joins(one, notice, digestMs))
}

function opened(threads: readonly Told[], { key, at }: Notice, topic: string): Omit<Told, 'notice'> {
  const id = threads.some((one) => one.id === key) ? `${key}@${at.toString(36)}` : key
  return { id, keys: [], topic, count: 0, messages: [] }
}

function continued(before: Omit<Told, 'notice'> & { readonly notice?: Notice }, notice: Notice, until: number | undefined): Told {
  const { failedAt: since, until: _, ...kept } = before
  const same = before.notice !== undefined && isFailure(before.notice) && before.keys.at(-1) === notice.key
  const failedAt = notice.state === 'succeeded' ? undefined : (since ?? (isFailure(notice) ? notice.at : undefined))
  return {
    ...kept, notice, count: before.count + (isFailure(notice) && !same ? 1 : 0), keys: [...kept.keys.filter((key) => key !== notice.key), notice.key],
    ...(failedAt === undefined ? {} : { failedAt }), ...(until === undefined ? {} : { until }),
  }
}

/** Somebody should do something about it. */
export function isFailure({ state, severity }: Notice): boolean {
  return state === 'failed' && severity !== 'info'
}

/** It is not over: a failure, or something that somebody has to decide. */
function stands({ failedAt, notice }: Told): boolean {
  return failedAt !== undefined || notice.state === 'waiting'
}

/** Worse than what somebody has said to have seen. */
function isGraver(notice: Notice, { acknowledged, notice: before }: Told): boolean {
  return acknowledged !== undefined && isFailure(notice) && !atLeast(before.severity, notice.severity)
}

/** A failure that is not over, that nobody has seen yet, and not so old that people would take a new one for it. */
function joins({ failedAt, acknowledged }: Told, notice: Notice, digestMs: number): boolean {
  const quiet = notice.state === 'failed' && notice.severity === 'info'
  return failedAt !== undefined && acknowledged === undefined && !quiet && notice.at - failedAt <= digestMs
}

function ended(thread: Told, { title, text, link, at }: Notice): Told {
  const { failedAt: _, ...rest } = thread
  return { ...rest, notice: { ...thread.notice, state: 'succeeded', severity: 'info', title: `Over: ${thread.notice.title}`.slice(0, LONGEST.title), text: shortText(`${title}. ${text}`, LONGEST.text), link, at } }
}

/** What a channel is to show: the news under the key of its thread, and what is known beside. */
export function shown({ id, notice, count, failedAt, acknowledged }: Told): Notice {
  const counted = count > 1 && failedAt !== undefined
  const facts: Notice['facts'] = [
    ...notice.facts,
    ...(counted ? [['Failures', `${count} within ${readableDuration(Math.max(0, notice.at - failedAt))}`] as const] : []),
    ...(acknowledged === undefined ? [] : [['Seen by', acknowledged.by] as const]),
  ]
  return { ...notice, key: id, facts, ...(counted && notice.state === 'failed' ? { title: `${notice.title} (${count} times)` } : {}) }
}

function shortened(notice: Notice): Notice {
  return {
    ...notice, title: shortText(notice.title.replaceAll(/\s+/g, ' '), LONGEST.title), text: shortText(notice.text, LONGEST.text),
    facts: notice.facts.slice(0, MOST_FACTS).map(([name, value]) => [shortText(name, LONGEST.fact), shortText(value, LONGEST.fact)] as const),
  }
}

function shortText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
