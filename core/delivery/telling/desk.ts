import type { Notice } from '../../domain/notice.js'
import { decide, shown } from '../../domain/telling/incidents.js'
import { isOpen, isOwed, owing, paid } from '../../domain/telling/owed.js'
import { allChannels, atLeast, isEscalated, nextChannel, routed } from '../../domain/telling/policy.js'
import { withMessage, type News, type Told } from '../../domain/telling/told.js'
import { messageOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { Notifier } from '../../ports/notifier.js'
import { bookOf, type Book } from './book.js'
import { lane, type Lane } from './lane.js'
import { queue, type Queue } from './queue.js'
import type { Office, TellingParts, Untold } from './telling.js'

/** What was read so short a time ago is new enough for what only this run can tell. */
const LOOKED_AT_MS = 30_000

/** Whatever a run tells goes through here, one after the other: it decides, and the lanes say it. */
export interface Desk extends Office {
  readonly book: Book
  readonly turn: Queue
  /** What channels were not told, by channel. */
  readonly missing: Map<string, Untold>
  readonly lanes: Map<string, { readonly thread: string; readonly channel: string; readonly lane: Lane }>
  /** Lanes that could not say what they were asked to last. */
  readonly failed: Set<string>
  /** Lanes that make up for what another run could not say there: their try is in the record already. */
  readonly claimed: Set<string>
}

export function deskOf(parts: TellingParts, ambient: Pick<Ambient, 'clock' | 'log'>, over: AbortSignal): Desk {
  const notifiers = new Map<string, Promise<Notifier>>()
  const missing: Desk['missing'] = new Map()
  const book = bookOf(parts, ambient, over)
  const desk: Desk = {
    parts, ambient, over, book, missing, lanes: new Map(), failed: new Set(), claimed: new Set(),
    turn: queue((fault) => ambient.log.warn(`People were not told of something: ${messageOf(fault)}`)),
    async notifier(channel) {
      const options = allChannels(parts.policy).find(({ id }) => id === channel)?.options
      if (options === undefined) throw new Error(`the configuration has no channel \`${channel}\` any more`)
      const opened = notifiers.get(channel) ?? parts.notifier(options)
      notifiers.set(channel, opened)
      opened.catch(() => notifiers.delete(channel))
      return opened
    },
    untold(channel, what, why) {
      const hidden = parts.masked(why)
      if (!missing.has(channel)) ambient.log.warn(`\`${channel}\` was not told "${what}": ${hidden}`)
      missing.set(channel, { channel, what, why: hidden })
    },
    missed(id, channel, notice, why) {
      desk.untold(channel, notice.title, why)
      const thread = book.thread(id)
      const first = !desk.claimed.delete(`${channel} ${id}`)
      if (thread !== undefined && isOwed(thread, channel, notice, parts.policy)) book.set(owing(thread, channel, ambient.clock.now(), first ? 1 : 0))
    },
    reached(id, channel) {
      desk.claimed.delete(`${channel} ${id}`)
      const thread = book.thread(id)
      if (thread !== undefined) book.set(paid(thread, channel, ambient.clock.now()))
    },
    fellThrough: (id, channel, severity) => fellThrough({ id, channel, severity }, desk),
    placed(id, channel, place) {
      const thread = book.thread(id)
      if (thread === undefined) return
      book.set(withMessage(thread, { channel, place, at: ambient.clock.now() }))
      book.keep(id, false)
    },
    settled(id) {
      if ([...desk.lanes.values()].every(({ thread, lane: one }) => thread !== id || one.idle())) book.keep(id, true)
    },
  }
  return desk
}

/** It could not be said there. Where nobody else has it, or is about to, the next one is told: nobody is woken because a chat is down. */
function fellThrough({ id, channel, severity }: { readonly id: string; readonly channel: string; readonly severity: Notice['severity'] }, desk: Desk): void {
  const { lanes, failed, book, parts: { policy } } = desk
  const thread = book.thread(id)
  if (thread === undefined) return
  failed.add(`${channel} ${id}`)
  const beside = [...lanes.values()].filter((one) => one.thread === id).map((one) => one.channel)
  if (beside.some((one) => !failed.has(`${one} ${id}`))) return
  const next = nextChannel(policy, severity, new Set([...beside, ...thread.messages.map((message) => message.channel)]))
  if (next !== undefined) say(thread, next.id, shown(thread), desk)
}

/** Says a notice of a thread in one channel. */
export function say(thread: Told, channel: string, notice: Notice, desk: Desk, detail = false): void {
  const name = `${channel} ${thread.id}`
  const place = thread.messages.find((message) => message.channel === channel)?.place
  const found = desk.lanes.get(name) ?? { thread: thread.id, channel, lane: lane(thread.id, channel, place, desk) }
  desk.lanes.set(name, found)
  desk.failed.delete(name)
  found.lane.say(notice, detail)
}

/** Says a thread as it stands now wherever it is to be said. */
export function dispatch(given: Told, desk: Desk, detail = false): void {
  const { policy } = desk.parts
  const thread = lackedBy(given, desk)
  const notice = shown(thread)
  const known = new Set(thread.messages.map((message) => message.channel))
  const there = allChannels(policy).filter(({ id, least }) => known.has(id) && (notice.state !== 'running' || atLeast(notice.severity, least)))
  const fresh = routed(policy, notice.severity).filter(({ id }) => !known.has(id))
  const to = [...there, ...fresh]
  // A channel that can't be used here is like one that does not answer.
  const instead = to.length === 0 && policy.lacking.some(({ channel }) => !isEscalated(channel)) ? nextChannel(policy, notice.severity, known) : undefined
  for (const { id } of [...to, ...(instead === undefined ? [] : [instead])]) say(thread, id, notice, desk, detail)
  if (to.length === 0 && instead === undefined) desk.settled(thread.id)
}

/** Who can't be told here may be by a run that has the variables: whoever has the message, and of what matters everybody. */
function lackedBy(thread: Told, desk: Desk): Told {
  const { parts: { policy }, book, ambient: { clock } } = desk
  const { title, state, severity } = shown(thread)
  let found = thread
  for (const { channel, variables } of policy.lacking) {
    desk.untold(channel, title, `${variables.map((name) => `\`${name}\``).join(', ')} ${variables.length === 1 ? 'is' : 'are'} not set here`)
    const matters = severity !== 'info' || thread.messages.some((message) => message.channel === channel)
    if (state !== 'running' && matters && !isEscalated(channel) && !isOpen(found, channel)) found = owing(found, channel, clock.now())
  }
  if (found !== thread) book.set(found)
  return found
}

export async function handle(news: News, desk: Desk): Promise<void> {
  const { book, parts: { masked, policy } } = desk
  const notice = maskedNotice(news.notice, masked)
  // Somebody else may have told of it since we looked: then theirs is the message that is edited. What has just begun here nobody else knows.
  if (!book.threads().some(({ keys }) => keys.includes(notice.key))) await book.refresh(news.own === true ? LOOKED_AT_MS : 0)
  const { thread, over } = decide(book.threads(), { ...news, notice }, policy.digestMs)
  for (const one of [...over, ...(thread === undefined ? [] : [thread])]) {
    book.set(one)
    dispatch(one, desk, one === thread && news.step === true)
  }
}

function maskedNotice(notice: Notice, masked: (text: string) => string): Notice {
  const { title, text, facts, link } = notice
  return { ...notice, title: masked(title), text: masked(text), link: masked(link), facts: facts.map(([name, value]) => [name, masked(value)] as const) }
}
