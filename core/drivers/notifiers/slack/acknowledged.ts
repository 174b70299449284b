import { list, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Acknowledged, ThreadRef } from '../../../domain/notice.js'
import type { Ambient } from '../../../ports/ambient.js'
import { call, type Workspace } from './call.js'

interface Reaction {
  readonly users: readonly string[]
}

interface Reply {
  readonly ts: string
  readonly user?: string
  readonly bot_id?: string
  readonly subtype?: string
  readonly reactions?: readonly Reaction[]
}

const reactions = optional(list(object<Reaction>({ users: list(text) })))
const decodeReactions: Decoder<{ readonly message: { readonly reactions?: readonly Reaction[] } }> = object({
  message: object<{ reactions?: readonly Reaction[] }>({ reactions }),
})
const decodeReplies: Decoder<{ readonly messages: readonly Reply[] }> = object({
  messages: list(object<Reply>({ ts: text, user: optional(text), bot_id: optional(text), subtype: optional(text), reactions })),
})
const GONE = ['message_not_found', 'thread_not_found']
/** Our own details stand in the thread as well, and come before whoever answers a failure. Slack gives apps that are sold no more than 15. */
const REPLIES = 200
/** Of a reply that its writer has shown to the channel too, or that has a file. */
const WRITTEN: readonly (string | undefined)[] = [undefined, 'thread_broadcast', 'file_share']

/** Who has reacted to a message so far; `undefined`: it is gone. */
export async function reactedTo(workspace: Workspace, channel: string, ts: string, ambient: Ambient): Promise<readonly string[] | undefined> {
  const reacted = await call(workspace, { method: 'reactions.get', doing: 'read the reactions in', form: true, given: { channel, timestamp: ts, full: true }, accept: GONE }, decodeReactions, ambient)
  return typeof reacted === 'string' ? undefined : (reacted.message.reactions?.flatMap(({ users }) => users) ?? [])
}

/**
 * A reaction to the message or to what we said below it, or a reply in the thread by a person. We make none of them ourselves. What was there
 * before there was trouble (`before`, `since`) says nothing of it: people cheer deliveries that begin.
 */
export async function acknowledged(workspace: Workspace, { channel, ts, before = '', since }: ThreadRef, ambient: Ambient): Promise<Acknowledged | undefined> {
  if (channel === undefined || ts === undefined) return undefined
  const reacted = await reactedTo(workspace, channel, ts, ambient)
  if (reacted === undefined) return undefined
  const by = reacted.find((user) => !before.split(',').includes(user))
  if (by !== undefined) return { by }
  const replied = await call(workspace, { method: 'conversations.replies', doing: 'read a thread in', form: true, given: { channel, ts, limit: REPLIES }, accept: GONE }, decodeReplies, ambient)
  if (typeof replied === 'string') return undefined
  const late = replied.messages.filter((message) => message.ts !== ts && (since === undefined || Number(message.ts) >= Number(since)))
  const reply = late.find((message) => message.user !== undefined && message.bot_id === undefined && WRITTEN.includes(message.subtype))
  if (reply?.user !== undefined) return { by: reply.user, at: Math.round(Number(reply.ts) * 1000) }
  const below = late.filter((message) => message.bot_id !== undefined).flatMap((message) => message.reactions?.flatMap(({ users }) => users) ?? [])[0]
  return below === undefined ? undefined : { by: below }
}
