import { secretsIn } from '../../../domain/channel-secrets.js'
import type { TeamsOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { stanceOf } from '../../../domain/notice-text.js'
import { foreign, noAnswer, statusFault, type Exchange } from '../../../errors/channel-faults.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Notifier } from '../../../ports/notifier.js'
import { cardOf } from './card.js'

const TELL_MS = 10_000
const RENEW = 'Make the workflow anew in Teams, and put its address into the secret.'
const FIXES: Readonly<Record<number, string>> = { 400: 'See in the history of the workflow which step did not accept the card.', 401: RENEW, 403: RENEW, 404: RENEW, 410: RENEW }

/** Cards for the webhook of a Teams Workflow. It says that it has taken a card, not that anybody was shown it; nothing can be changed later. */
export function teamsNotifier(options: TeamsOptions, ambient: Ambient, limitMs = TELL_MS): Notifier {
  const exchange: Exchange = { service: 'Microsoft Teams', operation: 'post a card to Microsoft Teams', secrets: secretsIn(options) }
  const post = async (notice: Notice): Promise<ThreadRef> => {
    const answer = await ambient.http
      .request({ what: exchange.operation, method: 'POST', url: options.webhook, timeoutMs: limitMs, headers: { 'content-type': 'application/json' }, body: JSON.stringify(cardOf(notice)) })
      .catch((thrown: unknown) => {
        throw noAnswer(exchange, thrown)
      })
    if (answer.status < 200 || answer.status > 299) throw statusFault(exchange, answer, ambient.clock.now(), FIXES)
    if (/^\s*</.test(answer.body)) throw foreign(exchange, answer)
    return { said: stanceOf(notice) }
  }
  const update = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => (thread['said'] === stanceOf(notice) ? thread : post(notice))
  return {
    name: 'teams', powers: { edits: false, threads: false, acknowledges: false }, post, update,
    reply: async () => undefined,
    acknowledged: async () => undefined,
    close: async (thread, notice) => void (await update(thread, notice)),
  }
}
