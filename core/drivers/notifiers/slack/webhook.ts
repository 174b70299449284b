import { secretsIn } from '../../../domain/channel-secrets.js'
import type { SlackOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { stanceOf, wakes } from '../../../domain/notice-text.js'
import { foreign, noAnswer, statusFault, type Exchange } from '../../../errors/channel-faults.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Notifier } from '../../../ports/notifier.js'
import { mentionsOf, messageOf } from './message.js'

const RENEW = "Make a new webhook in the app's settings, and put its address into the secret."
const FIXES: Readonly<Record<number, string>> = { 403: RENEW, 404: RENEW, 410: 'The channel is archived: make a webhook for another one.' }

/** Messages only: a webhook tells nobody where its message is. */
export function hookNotifier(webhook: string, options: SlackOptions, ambient: Ambient, limitMs: number): Notifier {
  const { mention } = options
  const exchange: Exchange = { service: 'Slack', operation: 'post to a webhook of Slack', secrets: secretsIn(options) }
  const post = async (notice: Notice): Promise<ThreadRef> => {
    const body = JSON.stringify(messageOf(notice, wakes(notice) ? mentionsOf(mention) : ''))
    const answer = await ambient.http
      .request({ what: exchange.operation, method: 'POST', url: webhook, timeoutMs: limitMs, headers: { 'content-type': 'application/json' }, body })
      .catch((thrown: unknown) => {
        throw noAnswer(exchange, thrown)
      })
    if (answer.status !== 200) throw statusFault(exchange, answer, ambient.clock.now(), FIXES)
    if (answer.body.trim() !== 'ok') throw foreign(exchange, answer)
    return { said: stanceOf(notice) }
  }
  const update = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => (thread['said'] === stanceOf(notice) ? thread : post(notice))
  return {
    name: 'slack', powers: { edits: false, threads: false, acknowledges: false }, post, update,
    reply: async () => undefined,
    acknowledged: async () => undefined,
    close: async (thread, notice) => void (await update(thread, notice)),
  }
}
