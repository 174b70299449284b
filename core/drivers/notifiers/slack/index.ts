import type { SlackOptions } from '../../../domain/channels.js'
import { object, text } from '../../../domain/local-control/decode.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { isTrouble, stanceOf, wakes } from '../../../domain/notice-text.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Notifier } from '../../../ports/notifier.js'
import { acknowledged, reactedTo } from './acknowledged.js'
import { call, type Workspace } from './call.js'
import { detailOf, mentionsOf, messageOf, type Message } from './message.js'
import { hookNotifier } from './webhook.js'

const TELL_MS = 10_000
const decodePosted = object<{ channel: string; ts: string }>({ channel: text, ts: text })
/** The message is not there any more, or too old to be changed: then it is said anew. */
const GONE = ['message_not_found', 'edit_window_closed', 'cant_update_message']

export function slackNotifier(options: SlackOptions, ambient: Ambient, limitMs = TELL_MS): Notifier {
  const { webhook, token = '', channel = '', mention, api } = options
  if (webhook !== undefined) return hookNotifier(webhook, options, ambient, limitMs)
  return botNotifier({ api, token, channel, limitMs }, mention, ambient)
}

/** By what was said last, as `stanceOf` has it. */
function wasTrouble(said = 'running info'): boolean {
  return !/^succeeded | info$/.test(said)
}

function seenBefore({ since, before }: ThreadRef): ThreadRef {
  return { ...(since === undefined ? {} : { since }), ...(before === undefined ? {} : { before }) }
}

/** A bot's message, edited as things go on, with details in its thread. */
function botNotifier(workspace: Workspace, mention: readonly string[], ambient: Ambient): Notifier {
  const wakingFor = (notice: Notice): string => (wakes(notice) ? mentionsOf(mention) : '')
  const say = async (message: Message, more: Readonly<Record<string, unknown>> = {}): Promise<{ readonly channel: string; readonly ts: string }> => {
    const given = { channel: workspace.channel, ...message, ...more, unfurl_links: false, unfurl_media: false }
    const posted = await call(workspace, { method: 'chat.postMessage', doing: 'post to', given }, decodePosted, ambient)
    if (typeof posted === 'string') throw new TypeError('no error of this call is accepted')
    return posted
  }
  const post = async (notice: Notice): Promise<ThreadRef> => ({ ...(await say(messageOf(notice, wakingFor(notice)))), said: stanceOf(notice) })

  const update = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => {
    const { channel, ts, said } = thread
    if (channel === undefined || ts === undefined) return post(notice)
    const waking = wakingFor(notice)
    const edited = await call(workspace, { method: 'chat.update', doing: 'change a message in', given: { channel, ts, ...messageOf(notice, waking) }, accept: GONE }, decodePosted, ambient)
    if (typeof edited === 'string') return post(notice)
    // A mention that is edited in wakes nobody: it is said again below, where the whole channel sees it.
    const woken = waking !== '' && said !== stanceOf(notice) ? await say(messageOf(notice, waking), { channel, thread_ts: ts, reply_broadcast: true }) : undefined
    return { channel, ts, said: stanceOf(notice), ...(isTrouble(notice) && !wasTrouble(said) ? await beforeTrouble(channel, ts, woken?.ts) : seenBefore(thread)) }
  }
  /** Whoever has reacted by now cheered what began, and has not seen what came of it. */
  const beforeTrouble = async (channel: string, ts: string, since = String(ambient.clock.now() / 1000)): Promise<ThreadRef> => {
    const by = await reactedTo(workspace, channel, ts, ambient).catch((): readonly string[] => [])
    return { since, ...(by === undefined || by.length === 0 ? {} : { before: by.join(',') }) }
  }

  return {
    name: 'slack', powers: { edits: true, threads: true, acknowledges: true }, post, update,
    async reply({ channel, ts }, notice) {
      if (channel !== undefined && ts !== undefined) await say(detailOf(notice), { channel, thread_ts: ts })
    },
    acknowledged: (thread) => acknowledged(workspace, thread, ambient),
    close: async (thread, notice) => void (await update(thread, notice)),
  }
}
