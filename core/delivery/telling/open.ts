import type { Notice } from '../../domain/notice.js'
import { decide, shown } from '../../domain/telling/incidents.js'
import { allChannels, atLeast, nextChannel, routed } from '../../domain/telling/policy.js'
import { withMessage, type News, type Told } from '../../domain/telling/told.js'
import { messageOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { Notifier } from '../../ports/notifier.js'
import { bookOf, type Book } from './book.js'
import { follow } from './follow.js'
import { lane, type Lane } from './lane.js'
import type { Office, Telling, TellingParts, Untold } from './telling.js'

/** Whatever this run is told of goes through here, one after the other: it decides, and the lanes say it. */
export interface Desk extends Office {
  readonly book: Book
  /** Says a thread as it stands now wherever it is to be said. */
  dispatch(thread: Told, detail?: boolean): void
  /** Says a notice of a thread in one channel. */
  say(thread: Told, channel: string, notice: Notice, detail: boolean): void
  handle(news: News): Promise<void>
  /** Work that `flush` waits for, and that may not fail; in the order in which it is given, unless it is `beside`. */
  later(work: () => Promise<void>, beside?: boolean): void
}

/** The last words of a run that is over get so long. */
const LAST_WORDS_MS = 2500
const LOOK_EVERY_MS = 20

/** Opens nothing yet: channels and ledger are opened when there is something to say. */
export function openTelling(parts: TellingParts, ambient: Pick<Ambient, 'clock' | 'log' | 'atEnd'>): Telling {
  const { policy, masked } = parts
  const over = new AbortController()
  const book = bookOf(parts, ambient, over.signal)
  const lanes = new Map<string, { readonly thread: string; readonly channel: string; readonly lane: Lane }>()
  const notifiers = new Map<string, Promise<Notifier>>()
  const untold = new Map<string, Untold>()
  const ended = new Set<string>()
  const turn = queue((fault) => ambient.log.warn(`People were not told of something: ${messageOf(fault)}`))

  const desk: Desk = {
    parts, ambient, over: over.signal, book, later: turn.later,
    async notifier(channel) {
      const options = allChannels(policy).find(({ id }) => id === channel)?.options
      if (options === undefined) throw new Error(`the configuration has no channel \`${channel}\` any more`)
      const opened = notifiers.get(channel) ?? parts.notifier(options)
      notifiers.set(channel, opened)
      opened.catch(() => notifiers.delete(channel))
      return opened
    },
    untold(channel, what, why) {
      if (!untold.has(channel)) ambient.log.warn(`\`${channel}\` was not told "${what}": ${masked(why)}`)
      untold.set(channel, { channel, what, why: masked(why) })
    },
    fellThrough(id, channel, severity) {
      const thread = book.thread(id)
      if (thread === undefined) return
      const tried = new Set([channel, ...thread.messages.map((message) => message.channel), ...[...lanes.values()].filter((one) => one.thread === id).map((one) => one.channel)])
      const next = nextChannel(policy, severity, tried)
      if (next !== undefined) desk.say(thread, next.id, shown(thread), false)
    },
    placed(id, channel, place) {
      const thread = book.thread(id)
      if (thread === undefined) return
      book.set(withMessage(thread, { channel, place, at: ambient.clock.now() }))
      book.keep(id, false)
    },
    settled(id) {
      if ([...lanes.values()].every(({ thread, lane: one }) => thread !== id || one.idle())) book.keep(id, true)
    },
    say(thread, channel, notice, detail) {
      const name = `${channel} ${thread.id}`
      const place = thread.messages.find((message) => message.channel === channel)?.place
      const found = lanes.get(name) ?? { thread: thread.id, channel, lane: lane(thread.id, channel, place, desk) }
      lanes.set(name, found)
      found.lane.say(notice, detail)
    },
    dispatch(thread, detail = false) {
      const notice = shown(thread)
      for (const { channel, variables } of policy.lacking) desk.untold(channel, notice.title, `${variables.map((name) => `\`${name}\``).join(', ')} ${variables.length === 1 ? 'is' : 'are'} not set here`)
      const known = new Set(thread.messages.map((message) => message.channel))
      const there = allChannels(policy).filter(({ id, least }) => known.has(id) && (notice.state !== 'running' || atLeast(notice.severity, least)))
      const fresh = routed(policy, notice.severity).filter(({ id }) => !known.has(id))
      for (const { id } of [...there, ...fresh]) desk.say(thread, id, notice, detail)
    },
    async handle(news) {
      const notice = maskedNotice(news.notice, masked)
      // Somebody else may have told of it since we looked: then theirs is the message that is edited.
      if (!book.threads().some(({ keys }) => keys.includes(notice.key))) await book.refresh()
      const { thread, over: done } = decide(book.threads(), { ...news, notice }, policy.digestMs)
      for (const one of [...done, ...(thread === undefined ? [] : [thread])]) {
        book.set(one)
        desk.dispatch(one, one === thread && news.step === true)
      }
    },
  }
  const idle = (): boolean => turn.idle() && book.idle() && [...lanes.values()].every((one) => one.lane.idle())
  const telling: Telling = {
    tell(news) {
      if (over.signal.aborted) return
      if (news.notice.state !== 'running') ended.add(news.notice.key)
      turn.later(() => desk.handle(news))
    },
    follow: (thorough = false) => turn.later(() => follow(desk, thorough)),
    async threads() {
      await book.refresh()
      return book.threads()
    },
    ended: (key) => ended.has(key),
    async flush(withinMs) {
      const until = ambient.clock.now() + withinMs
      while (!idle() && ambient.clock.now() < until && !over.signal.aborted) await ambient.clock.sleep(Math.min(LOOK_EVERY_MS, withinMs))
      if (idle() || over.signal.aborted) return
      for (const { channel, lane: one } of lanes.values()) {
        const notice = one.waiting()
        if (notice !== undefined) desk.untold(channel, notice.title, `it had not answered when the run ended`)
      }
      if (!turn.idle()) ambient.log.warn('Not all was told when the run ended; the next run goes on with it.')
      over.abort()
    },
    untold: () => [...untold.values()],
  }
  ambient.atEnd?.(() => telling.flush(LAST_WORDS_MS))
  return telling
}

function maskedNotice(notice: Notice, masked: (text: string) => string): Notice {
  const { title, text, facts, link } = notice
  return { ...notice, title: masked(title), text: masked(text), link: masked(link), facts: facts.map(([name, value]) => [name, masked(value)] as const) }
}

interface Queue {
  readonly later: Desk['later']
  idle(): boolean
}

/** One after the other; what fails is told and does not stop the others. */
function queue(failed: (fault: unknown) => void): Queue {
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  return {
    idle: () => waiting === 0,
    later(work, beside = false) {
      waiting += 1
      const done = (beside ? work() : last.then(work)).catch(failed).finally(() => {
        waiting -= 1
      })
      if (!beside) last = done
    },
  }
}
