import { createHash } from 'node:crypto'
import type { EmailOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { fitted, oneLine, plainText, wakes } from '../../../domain/notice-text.js'

export interface Letter {
  readonly id: string
  readonly content: Buffer
}

const SUBJECT = 200

/**
 * The message as it is sent. Its id is made of what it says and to whom, so that one that is sent twice is shown once, and one that says more
 * to somebody who had the first is not taken for that; those that follow name the first, and mail programs show them below each other.
 */
export async function letterOf(notice: Notice, { from, to }: Pick<EmailOptions, 'from' | 'to'>, { first }: ThreadRef, now: number): Promise<Letter> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'localhost'
  const { app, key, state, severity, title, text } = notice
  const name = createHash('sha256').update(JSON.stringify([to, first ?? '', app, key, state, severity, title, text])).digest('hex').slice(0, 32)
  const id = `<ecluse.${name}@${domain}>`
  const message = new MailComposer({
    from, to: [...to], subject: fitted(`[${oneLine(notice.app)} ${oneLine(notice.environment)}] ${oneLine(notice.title)}`, SUBJECT), text: `${plainText(notice)}\n`,
    messageId: id, date: new Date(now), ...(first === undefined ? {} : { inReplyTo: first, references: [first] }),
    // No absence notes come back.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', ...(wakes(notice) ? { Importance: 'high', 'X-Priority': '1' } : {}) },
    disableFileAccess: true, disableUrlAccess: true, newline: 'win',
  })
  return { id, content: await message.compile().build() }
}
