import { createHash, createHmac } from 'node:crypto'
import { secretsIn } from '../../../domain/channel-secrets.js'
import type { WebhookOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { stanceOf } from '../../../domain/notice-text.js'
import { noAnswer, statusFault, type Exchange } from '../../../errors/channel-faults.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Notifier } from '../../../ports/notifier.js'

const TELL_MS = 10_000
const FIXES: Readonly<Record<number, string>> = {
  401: 'Check `secret` and `headers` of the channel, and the clock of the receiver.',
  403: 'Check `secret` and `headers` of the channel, and the clock of the receiver.',
  404: 'Correct `url` of the channel.',
}

/** Notices as JSON for any service, signed so that it can tell them from those of anybody else. */
export function webhookNotifier(options: WebhookOptions, ambient: Ambient, limitMs = TELL_MS): Notifier {
  const { url, secret, headers } = options
  const { host } = new URL(url)
  const exchange: Exchange = { service: host, operation: `post to the webhook at ${host}`, secrets: secretsIn(options) }
  const send = async (notice: Notice): Promise<ThreadRef> => {
    const body = bodyOf(notice)
    const answer = await ambient.http
      .request({ what: exchange.operation, method: 'POST', url, timeoutMs: limitMs, body, headers: { ...headers, ...headersOf(body, secret, ambient.clock.now()) } })
      .catch((thrown: unknown) => {
        throw noAnswer(exchange, thrown)
      })
    if (answer.status < 200 || answer.status > 299) throw statusFault(exchange, answer, ambient.clock.now(), FIXES)
    return { said: stanceOf(notice) }
  }
  const update = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => (thread['said'] === stanceOf(notice) ? thread : send(notice))
  return {
    name: 'webhook', powers: { edits: false, threads: false, acknowledges: false }, post: send, update,
    reply: async () => undefined,
    acknowledged: async () => undefined,
    close: async (thread, notice) => void (await update(thread, notice)),
  }
}

function bodyOf({ key, app, environment, severity, state, title, text, facts, link, at }: Notice): string {
  return JSON.stringify({ version: 1, key, app, environment, severity, state, title, text, facts: facts.map(([name, value]) => ({ name, value })), link, at: new Date(at).toISOString() })
}

/** The same notice has the same delivery, however often it is sent. */
function headersOf(body: string, secret: string | undefined, now: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000))
  return {
    'content-type': 'application/json',
    'x-ecluse-delivery': createHash('sha256').update(body).digest('hex').slice(0, 32),
    'x-ecluse-timestamp': timestamp,
    ...(secret === undefined ? {} : { 'x-ecluse-signature-256': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}` }),
  }
}
