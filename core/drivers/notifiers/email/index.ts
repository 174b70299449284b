import type { EmailOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { stanceOf } from '../../../domain/notice-text.js'
import { hide, type Exchange } from '../../../errors/channel-faults.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Notifier } from '../../../ports/notifier.js'
import { mailFault } from './faults.js'
import { letterOf } from './mail.js'
import { send } from './send.js'

/** Servers that look every sender up take their time. */
const TELL_MS = 20_000

/** Messages by SMTP to one server that passes them on. */
export function emailNotifier(options: EmailOptions, ambient: Ambient, limitMs = TELL_MS): Notifier {
  const { host, port, from, to } = options
  const exchange: Exchange = { service: `${host}:${port}`, operation: `send a mail by ${host}:${port}`, secrets: secretsIn(options) }
  const say = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => {
    const { id, content } = await letterOf(notice, options, thread, ambient.clock.now())
    try {
      const refused = await send(options, { from: addressIn(from), to: to.map(addressIn) }, content, ambient, limitMs)
      if (refused.length > 0) ambient.log.warn(hide(`The mail server ${host} took the message, but not for ${refused.join(', ')}.`, exchange.secrets))
    } catch (thrown) {
      throw mailFault(exchange, thrown, limitMs)
    }
    return { first: thread['first'] ?? id, said: stanceOf(notice) }
  }
  const update = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => (thread['said'] === stanceOf(notice) ? thread : say(thread, notice))
  return {
    name: 'email', powers: { edits: false, threads: false, acknowledges: false },
    post: (notice) => say({}, notice), update,
    reply: async () => undefined,
    acknowledged: async () => undefined,
    close: async (thread, notice) => void (await update(thread, notice)),
  }
}

/** Without the name before it. */
function addressIn(written: string): string {
  return /<([^<>]+)>\s*$/.exec(written)?.[1] ?? written.trim()
}

/** Also as a login carries them: servers echo what they did not like. */
function secretsIn({ user = '', password }: EmailOptions): readonly string[] {
  if (password === undefined) return []
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return [password, base64(password), base64(`\u0000${user}\u0000${password}`)]
}
