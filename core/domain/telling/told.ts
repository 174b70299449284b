import { list, number, object, oneOf, optional, record, text, type Decoder } from '../local-control/decode.js'
import { noticeStates, severities, type Acknowledged, type Notice, type ThreadRef } from '../notice.js'
import { owedOf, type Owed } from './owed.js'

/** What fails and recovers as one: a failure is over when something of the same topic goes well. */
export type Topic = string

/** Something to be told, as it stands now. */
export interface News {
  readonly topic: Topic
  readonly notice: Notice
  /** Its key is new, and known to this run alone. */
  readonly own?: boolean
  /** A stage on the way: it goes below the message as well, where a channel has threads. */
  readonly step?: boolean
  /** More topics that are well again by this. */
  readonly ends?: readonly Topic[]
  /** Says nothing where nothing was wrong: it only ends what was. */
  readonly quiet?: boolean
  /** It has ended by then (epoch ms), or its run is lost. */
  readonly until?: number
}

/** Where one channel has the message. */
export interface Message {
  readonly channel: string
  readonly place: ThreadRef
  readonly at: number
}

/** One thing that people were told, with its messages: kept in the ledger, so that any later job goes on with the same ones. */
export interface Told {
  /** The key under which channels know it: that of the first notice. */
  readonly id: string
  /** Keys of the notices that it holds, the newest last. */
  readonly keys: readonly string[]
  readonly topic: Topic
  /** As it was told last. */
  readonly notice: Notice
  /** The first of the failures that it counts and that are not over. */
  readonly failedAt?: number
  /** Failures so far. */
  readonly count: number
  readonly acknowledged?: Acknowledged
  readonly messages: readonly Message[]
  readonly until?: number
  /** Channels that do not know of it as it stands, as far as any run has noticed. */
  readonly owed?: readonly Owed[]
}

/** So many keys of one thread are remembered; a delivery that went on for longer has a message of its own. */
const MOST_KEYS = 20

const pair: Decoder<readonly [string, string]> = (value, at) => {
  const [name = '', found = ''] = list(text)(value, at)
  return [name, found]
}

const notice = object<Notice>({
  key: text, app: text, environment: text, severity: oneOf(...severities), state: oneOf(...noticeStates), title: text, text, facts: list(pair), link: text, at: number,
})

export const told = object<Told>({
  id: text, keys: list(text), topic: text, notice, failedAt: optional(number), count: number,
  acknowledged: optional(object<Acknowledged>({ by: text, at: optional(number) })),
  messages: list(object<Message>({ channel: text, place: record(text), at: number })), until: optional(number),
  owed: optional(list(object<Owed>({ channel: text, at: number, tries: number }))),
})

/** Threads as the record tells them: of each the newest word, and every message that anybody put there. */
export function threadsOf(facts: readonly Told[]): readonly Told[] {
  const threads = new Map<string, Told>()
  for (const one of facts) {
    const before = threads.get(one.id)
    threads.delete(one.id)
    threads.set(one.id, before === undefined ? one : together(before, one))
  }
  return [...threads.values()]
}

/** Two words on one thread, of which neither writer may have known the other's. */
export function together(older: Told, newer: Told): Told {
  const last = newer.notice.at >= older.notice.at ? newer : older
  const { acknowledged = older.acknowledged } = newer
  const messages = new Map([...older.messages, ...newer.messages].map((message) => [message.channel, message]))
  const { acknowledged: _, owed: __, ...rest } = last
  const owed = owedOf(older.owed, newer.owed)
  return {
    ...rest, keys: [...new Set([...older.keys, ...newer.keys])].slice(-MOST_KEYS),
    messages: [...messages.values()], ...(acknowledged === undefined ? {} : { acknowledged }), ...(owed.length === 0 ? {} : { owed }),
  }
}

export function withMessage(thread: Told, message: Message): Told {
  return { ...thread, messages: [...thread.messages.filter(({ channel }) => channel !== message.channel), message] }
}
