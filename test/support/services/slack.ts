/** Slack as far as messages go: it takes bodies as Slack does, and keeps messages, threads and reactions. */
import { serve, type Asked, type Loopback, type Told } from './loopback.js'

export interface SlackMessage {
  readonly ts: string
  readonly text: string
  /** All that its blocks say, as Slack's markup. */
  readonly shown: string
  readonly thread?: string
  readonly broadcast: boolean
  readonly edits: number
  readonly user?: string
}

export interface FakeSlack extends Loopback {
  /** Address of the API. */
  readonly api: string
  readonly hook: string
  readonly token: string
  readonly messages: readonly SlackMessage[]
  /** Scopes of the token; `chat:write` and so on. */
  readonly scopes: Set<string>
  /** What every method answers from now on, in the place of its work. */
  answer: Readonly<Record<string, unknown>> | undefined
  readonly calls: readonly Asked[]
  react(ts: string, user: string): void
  /** A person writes below a message; `shown`: to the channel, too. */
  say(ts: string, user: string, shown?: boolean): void
  remove(ts: string): void
}

const CHANNEL = 'C0123456789'
const NEEDS: Readonly<Record<string, string>> = { 'chat.postMessage': 'chat:write', 'chat.update': 'chat:write', 'reactions.get': 'reactions:read', 'conversations.replies': 'channels:history' }
/** Methods that read don't look into JSON. */
const FORMS_ONLY = new Set(['reactions.get', 'conversations.replies'])

interface Kept {
  messages: SlackMessage[]
  reactions: Map<string, string[]>
  written: number
}

export async function startSlack(): Promise<FakeSlack> {
  const kept: Kept = { messages: [], reactions: new Map(), written: 0 }
  const token = 'xoxb-planted-token-4711'
  const path = '/services/T000/B000/plantedWebhookPath4711'
  const calls: Asked[] = []
  const state = { answer: undefined as FakeSlack['answer'] }
  const scopes = new Set(['chat:write', 'reactions:read', 'channels:history'])
  const server = await serve((asked) => {
    calls.push(asked)
    if (asked.path === path) return hooked(kept, asked)
    const method = asked.path.replace('/api/', '')
    const json = (body: object): Told => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    if (state.answer !== undefined) return json(state.answer)
    if (asked.headers['authorization'] !== `Bearer ${token}`) return json({ ok: false, error: 'invalid_auth' })
    const needed = NEEDS[method]
    if (needed === undefined) return json({ ok: false, error: 'unknown_method' })
    if (!scopes.has(needed)) return json({ ok: false, error: 'missing_scope', needed, provided: [...scopes].join(',') })
    return json(carryOut(kept, method, givenIn(asked, method)))
  })
  return {
    ...server, api: `${server.url}/api`, hook: `${server.url}${path}`, token, scopes, calls,
    get messages() {
      return kept.messages
    },
    get answer() {
      return state.answer
    },
    set answer(answer) {
      state.answer = answer
    },
    react: (ts, user) => void kept.reactions.set(ts, [...(kept.reactions.get(ts) ?? []), user]),
    say: (ts, user, shown = false) => void kept.messages.push({ ts: nextTs(kept), text: 'I am on it', shown: 'I am on it', thread: ts, broadcast: shown, edits: 0, user }),
    remove: (ts) => void (kept.messages = kept.messages.filter((message) => message.ts !== ts)),
  }
}

function givenIn({ headers, body }: Asked, method: string): Readonly<Record<string, unknown>> {
  const type = headers['content-type'] ?? ''
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(body))
  return type.startsWith('application/json') && !FORMS_ONLY.has(method) ? (JSON.parse(body) as Readonly<Record<string, unknown>>) : {}
}

function hooked(kept: Kept, { headers, body }: Asked): Told {
  if (!(headers['content-type'] ?? '').startsWith('application/json')) return { status: 400, body: 'invalid_payload' }
  const given = JSON.parse(body) as Readonly<Record<string, unknown>>
  kept.messages.push(messageOf(kept, given))
  return { status: 200, body: 'ok' }
}

function carryOut(kept: Kept, method: string, given: Readonly<Record<string, unknown>>): object {
  if (method === 'chat.postMessage') {
    if (given['channel'] !== '#deploys' && given['channel'] !== CHANNEL) return { ok: false, error: 'channel_not_found' }
    const message = messageOf(kept, given)
    kept.messages.push(message)
    return { ok: true, channel: CHANNEL, ts: message.ts, message: { text: message.text } }
  }
  // All others want the id of the channel, as the first answer has it.
  if (given['channel'] !== CHANNEL) return { ok: false, error: 'channel_not_found' }
  const ts = textOf(given['ts'] ?? given['timestamp'])
  const found = kept.messages.find((message) => message.ts === ts)
  if (found === undefined) return { ok: false, error: method === 'conversations.replies' ? 'thread_not_found' : 'message_not_found' }
  if (method === 'chat.update') {
    kept.messages = kept.messages.map((message) => (message === found ? { ...messageOf(kept, given), ts, edits: found.edits + 1, broadcast: found.broadcast, ...(found.thread === undefined ? {} : { thread: found.thread }) } : message))
    return { ok: true, channel: CHANNEL, ts, text: given['text'] }
  }
  if (method === 'reactions.get') {
    return { ok: true, type: 'message', channel: CHANNEL, message: { ts, bot_id: 'B1', text: found.text, ...reactionsTo(kept, ts) } }
  }
  const thread = kept.messages.filter((message) => message.ts === ts || message.thread === ts)
  const page = thread.slice(0, Number(given['limit'] ?? 1000))
  return {
    ok: true, has_more: page.length < thread.length,
    messages: page.map((message) => ({ type: 'message', ts: message.ts, text: message.text, ...(message.broadcast ? { subtype: 'thread_broadcast' } : {}), ...reactionsTo(kept, message.ts), ...(message.user === undefined ? { user: 'UBOT', bot_id: 'B1' } : { user: message.user }) })),
  }
}

function reactionsTo({ reactions }: Kept, ts: string): object {
  const users = reactions.get(ts) ?? []
  return users.length === 0 ? {} : { reactions: [{ name: 'eyes', users, count: users.length }] }
}

function messageOf(kept: Kept, given: Readonly<Record<string, unknown>>): SlackMessage {
  const text = textOf(given['text'])
  const blocks = Array.isArray(given['blocks']) ? given['blocks'] : []
  const thread = given['thread_ts']
  const shown = blocks.flatMap(wordsIn).join('\n')
  return { ts: nextTs(kept), text, shown: shown === '' ? text : shown, broadcast: given['reply_broadcast'] === true, edits: 0, ...(typeof thread === 'string' ? { thread } : {}) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Every text object; one that is too long is refused by Slack, and here. */
function wordsIn(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(wordsIn)
  if (typeof part !== 'object' || part === null) return []
  if ('type' in part && part.type === 'mrkdwn' && 'text' in part && typeof part.text === 'string') {
    if (part.text.length > 3000) throw new Error('invalid_blocks')
    return [part.text]
  }
  return Object.values(part).flatMap(wordsIn)
}

function nextTs(kept: Kept): string {
  kept.written += 1
  return `1766300000.${String(kept.written).padStart(6, '0')}`
}
