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
}

const decodeReactions: Decoder<{ readonly message: { readonly reactions?: readonly Reaction[] } }> = object({
  message: object<{ reactions?: readonly Reaction[] }>({ reactions: optional(list(object<Reaction>({ users: list(text) }))) }),
})
const decodeReplies: Decoder<{ readonly messages: readonly Reply[] }> = object({
  messages: list(object<Reply>({ ts: text, user: optional(text), bot_id: optional(text), subtype: optional(text) })),
})
const GONE = ['message_not_found', 'thread_not_found']
/** The first page is enough: who answers, answers early. Slack gives some apps no more than this. */
const REPLIES = 15

/** A reaction, or a reply in the thread by a person. We make neither ourselves. */
export async function acknowledged(workspace: Workspace, { channel, ts }: ThreadRef, ambient: Ambient): Promise<Acknowledged | undefined> {
  if (channel === undefined || ts === undefined) return undefined
  const reacted = await call(workspace, { method: 'reactions.get', doing: 'read the reactions in', form: true, given: { channel, timestamp: ts, full: true }, accept: GONE }, decodeReactions, ambient)
  if (typeof reacted === 'string') return undefined
  const by = reacted.message.reactions?.flatMap(({ users }) => users)[0]
  if (by !== undefined) return { by }
  const replied = await call(workspace, { method: 'conversations.replies', doing: 'read a thread in', form: true, given: { channel, ts, limit: REPLIES }, accept: GONE }, decodeReplies, ambient)
  if (typeof replied === 'string') return undefined
  const reply = replied.messages.find((message) => message.ts !== ts && message.user !== undefined && message.bot_id === undefined && message.subtype === undefined)
  return reply?.user === undefined ? undefined : { by: reply.user, at: Math.round(Number(reply.ts) * 1000) }
}
