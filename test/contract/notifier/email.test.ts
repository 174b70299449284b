import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { EmailOptions } from '../../../core/domain/channels.js'
import { emailNotifier } from '../../../core/drivers/notifiers/email/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { withEngines } from '../../support/engines/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { certificates, startMail, startTalker, type Mail, type MailOptions, type MailServer } from '../../support/mail-lab.js'
import { allOf, listening, noticeOf, notifierContract, type NotifierLab } from './suite.js'

type Certificates = ReturnType<typeof certificates>
interface Stops {
  stop(): Promise<void>
}

const from = 'Deliveries <deliveries@shop.example>'
const shown = ({ headers, text }: Mail): string => `${headers['subject']}\n${text}`
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const optionsFor = ({ host, port, ca, user, password }: MailServer): EmailOptions => ({ name: 'email', host, port, ca, user, password, from, to: ['oncall@shop.example', 'Team <team@shop.example>'], security: 'starttls' })

async function place(made: Certificates): Promise<NotifierLab> {
  const server = await startMail(made)
  const others: Stops[] = []
  const keep = <T extends Stops>(other: T): T => {
    others.push(other)
    return other
  }
  const at = (port: number, ambient: Ambient, limitMs = 20_000): ReturnType<typeof emailNotifier> => emailNotifier({ ...optionsFor(server), port }, ambient, limitMs)
  return {
    secrets: [server.password, base64(server.password), base64(`\u0000${server.user}\u0000${server.password}`)],
    vague: true,
    open: (ambient) => emailNotifier(optionsFor(server), ambient),
    seen: async () => server.mails.map(shown),
    details: async () => [],
    async failing(failure, ambient) {
      if (failure === 'down') return at(await unusedPort(), ambient)
      if (failure === 'slow') return at(keep(await startTalker(undefined)).port, ambient, 150)
      if (failure === 'busy') return at(keep(await startTalker('421 4.3.2 too busy\r\n')).port, ambient)
      if (failure === 'broken') return at(keep(await startMail(made, { refuse: () => ({ code: 451, text: '4.3.0 no room' }) })).port, ambient)
      if (failure === 'babbling') return at(keep(await startTalker('HTTP/1.1 400 Bad Request\r\n\r\n')).port, ambient)
      if (failure === 'forbidden') return at(keep(await startMail(made, { refuse: () => ({ code: 550, text: '5.7.1 relay access denied' }) })).port, ambient)
      // Its own answer has the password that it was given.
      return emailNotifier({ ...optionsFor(server), user: 'somebody' }, ambient)
    },
    clear: async () => void (server.mails.length = 0),
    async close() {
      await Promise.all([server, ...others].map((one) => one.stop()))
    },
  }
}

withEngines(['openssl'], 'mail', (pathOf) => {
  let made: Certificates
  beforeAll(() => {
    made = certificates(pathOf('openssl'))
  })
  notifierContract('email', () => place(made))

  describe('a mail', () => {
    const open: Stops[] = []
    afterEach(async () => {
      await Promise.all(open.splice(0).map((one) => one.stop()))
    })
    const started = async (options: MailOptions = {}): Promise<MailServer> => {
      const server = await startMail(made, options)
      open.push(server)
      return server
    }
    const sent = (options: EmailOptions, notice = noticeOf()): Promise<unknown> => emailNotifier(options, listening().ambient).post(notice).then(() => 'sent', (fault: unknown) => fault)

    test('is one of its kind, from and to whom it should be, and high where it wakes', async () => {
      const server = await started()
      expect(await sent(optionsFor(server), noticeOf({ title: 'Fehler\r\nBcc: evil@example.org ü' }))).toBe('sent')
      const [mail] = server.mails
      expect(mail).toMatchObject({ from: 'deliveries@shop.example', to: ['oncall@shop.example', 'team@shop.example'], encrypted: true, user: server.user })
      expect(mail?.headers).toMatchObject({ from, subject: '[shop production] Fehler Bcc: evil@example.org ü', 'auto-submitted': 'auto-generated', importance: 'high' })
      expect(mail?.headers).not.toHaveProperty('bcc')
    })

    test('that follows names the first, and one that is sent twice is the same', async () => {
      const server = await started()
      const notifier = emailNotifier(optionsFor(server), listening().ambient)
      const thread = await notifier.post(noticeOf({ key: 'one' }))
      await notifier.post(noticeOf({ key: 'one' }))
      await notifier.post(noticeOf({ key: 'two' }))
      await notifier.close(thread, noticeOf({ key: 'one', state: 'succeeded', severity: 'info' }))
      const ids = server.mails.map(({ headers }) => headers['message-id'])
      expect(ids[0]).toMatch(/^<ecluse\.[0-9a-f]{32}@shop\.example>$/)
      expect([ids[1] === ids[0], ids[2] === ids[0], new Set(ids).size]).toEqual([true, false, 3])
      expect(server.mails.map(({ headers }) => headers['in-reply-to'])).toEqual([undefined, undefined, undefined, ids[0]])
      expect(server.mails.map(({ headers }) => headers['importance'])).toEqual(['high', 'high', 'high', undefined])
    })

    test('is another one where it says more, or goes to others, and the same when it follows twice', async () => {
      const server = await started()
      const notifier = emailNotifier(optionsFor(server), listening().ambient)
      const first = noticeOf({ key: 'one', text: 'It failed.' })
      const thread = await notifier.post(first)
      await notifier.post({ ...first, text: 'Nobody has acknowledged this for 15 min. It failed.' })
      await emailNotifier({ ...optionsFor(server), to: ['oncall@shop.example'] }, listening().ambient).post(first)
      for (let times = 0; times < 2; times += 1) await notifier.close(thread, noticeOf({ key: 'one', state: 'succeeded', severity: 'info' }))
      const ids = server.mails.map(({ headers }) => headers['message-id'])
      expect(new Set(ids).size).toBe(4)
      expect(ids[4]).toBe(ids[3])
    })

    test('goes by TLS from the first byte where that is asked for', async () => {
      const server = await started({ secure: true })
      expect(await sent({ ...optionsFor(server), security: 'tls' })).toBe('sent')
      expect(server.mails).toMatchObject([{ encrypted: true }])
      expect(server.clear.join('')).not.toMatch(/EHLO/)
    })

    test('is not sent where somebody takes the encryption out, and nor is the password', async () => {
      const server = await started({ stripped: true, anybody: true })
      const fault = await sent(optionsFor(server))
      expect(fault).toMatchObject({ code: 'channel-refused', message: expect.stringContaining('offers no encryption'), fix: expect.stringContaining('Nothing was sent') })
      expect(server.mails).toEqual([])
      expect(server.clear.join('')).not.toMatch(/AUTH|MAIL FROM/)
    })

    test.each([['starttls', false], ['tls', true]] as const)('is not sent by %s to a server that nobody vouches for', async (security, secure) => {
      const server = await started({ secure })
      const { ca: _unknown, ...options } = optionsFor(server)
      expect(await sent({ ...options, security })).toMatchObject({ code: 'channel-refused', message: expect.stringMatching(/certificate/), fix: expect.stringContaining('`ca`') })
      expect(await sent({ ...optionsFor(server), security, host: '127.0.0.1' })).toMatchObject({ code: 'channel-refused', message: expect.stringMatching(/certificate/) })
      expect(server.mails).toEqual([])
    })

    test('says that a login was refused, and never with what', async () => {
      const server = await started()
      const fault = await sent({ ...optionsFor(server), password: 'another-planted-4712' })
      expect(fault).toMatchObject({ code: 'channel-refused', status: 535, message: expect.stringContaining('with ***'), fix: expect.stringContaining('`password`') })
      expect(allOf(fault)).not.toContain('another-planted-4712')
    })

    test('is in the clear only where that is written', async () => {
      const server = await started({ stripped: true, anybody: true })
      const { user: _user, password: _password, ...options } = optionsFor(server)
      expect(await sent({ ...options, security: 'none' })).toBe('sent')
      expect(server.mails).toMatchObject([{ encrypted: false, user: '' }])
    })

    test('that some of its readers can not get is said, not lost', async () => {
      const server = await started({ refuse: (address) => (address.startsWith('oncall') ? { code: 550, text: '5.1.1 unknown' } : undefined) })
      const { ambient, said } = listening()
      await emailNotifier(optionsFor(server), ambient).post(noticeOf())
      expect(server.mails).toMatchObject([{ to: ['team@shop.example'] }])
      expect(said).toEqual(['The mail server localhost took the message, but not for oncall@shop.example.'])
    })
  })
})
