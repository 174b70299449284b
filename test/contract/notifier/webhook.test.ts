import { createHmac, timingSafeEqual } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { WebhookOptions } from '../../../core/domain/channels.js'
import { webhookNotifier } from '../../../core/drivers/notifiers/webhook/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { serve, serveIll, type Asked, type Loopback } from '../../support/services/loopback.js'
import { listening, noticeOf, notifierContract, type NotifierLab } from './suite.js'

const SECRET = 'planted-key-4711'
const TOKEN = 'Bearer planted-header-4711'
const PATH = '/hooks/planted-path-4711'
const OLDEST_S = 300

/** As the page says that a receiver does it. */
function verified({ headers, body }: Asked, now: number): boolean {
  const timestamp = headers['x-ecluse-timestamp'] ?? ''
  const expected = Buffer.from(`sha256=${createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex')}`)
  const given = Buffer.from(headers['x-ecluse-signature-256'] ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected) && Math.abs(now / 1000 - Number(timestamp)) <= OLDEST_S
}

interface Place extends NotifierLab {
  readonly url: string
  readonly asked: readonly Asked[]
}

async function place(): Promise<Place> {
  const asked: Asked[] = []
  const receiver = await serve((request) => {
    if (request.path !== PATH || !verified(request, Date.now()) || request.headers['authorization'] !== TOKEN) return { status: 401, body: 'not signed by whom we know' }
    asked.push(request)
    return { status: 204 }
  })
  const ill: Loopback[] = []
  const options = (url: string): WebhookOptions => ({ name: 'webhook', url: `${url}${PATH}`, secret: SECRET, headers: { Authorization: TOKEN } })
  let from = 0
  return {
    url: `${receiver.url}${PATH}`, asked,
    secrets: [SECRET, 'planted-header-4711', 'planted-path-4711'],
    open: (ambient) => webhookNotifier(options(receiver.url), ambient),
    seen: async () => asked.slice(from).map(({ body }) => {
      const { title, text, app, environment, facts } = JSON.parse(body) as { title: string; text: string; app: string; environment: string; facts: readonly { name: string; value: string }[] }
      return [title, text, app, environment, ...facts.map(({ name, value }) => `${name}: ${value}`)].join('\n')
    }),
    details: async () => [],
    async failing(failure, ambient) {
      // Whatever a service says with 200 is its own affair.
      if (failure === 'babbling') return undefined
      if (failure === 'down') return webhookNotifier(options(`http://127.0.0.1:${await unusedPort()}`), ambient)
      const server = await serveIll(failure)
      ill.push(server)
      return webhookNotifier(options(server.url), ambient, ...(failure === 'slow' ? [150] : []))
    },
    clear: async () => {
      from = asked.length
    },
    async close() {
      await Promise.all([receiver, ...ill].map((server) => server.stop()))
    },
  }
}

notifierContract('webhook', place)

describe('a webhook', () => {
  test('says all of it, once for each delivery id, and is verified by its signature', async () => {
    const here = await place()
    const { url, asked } = here
    const { ambient } = listening()
    const open = (secret: string): ReturnType<typeof webhookNotifier> => webhookNotifier({ name: 'webhook', url, secret, headers: { authorization: TOKEN, 'X-Ecluse-Delivery': 'mine' } }, ambient)
    const notice = noticeOf({ at: Date.UTC(2026, 10, 22, 3, 4, 5, 6) })
    await open(SECRET).post(notice)
    await open(SECRET).post(notice)
    await open(SECRET).post({ ...notice, state: 'waiting' })
    await expect(open('another-key').post(notice)).rejects.toMatchObject({ code: 'channel-refused', status: 401 })
    const { facts, ...rest } = notice
    expect(JSON.parse(asked[0]!.body)).toEqual({ version: 1, ...rest, facts: facts.map(([name, value]) => ({ name, value })), at: '2026-11-22T03:04:05.006Z' })
    const [first, second, third] = asked.map(({ headers }) => headers['x-ecluse-delivery'])
    expect([first, first === second, first === third]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), true, false])
    await here.close()
  })

  test('a body, or a time, that is not the signed one is not verified', async () => {
    const here = await place()
    const { asked } = here
    await (await here.open(listening().ambient)).post(noticeOf())
    const [request] = asked
    expect(verified(request!, Date.now())).toBe(true)
    expect(verified({ ...request!, body: request!.body.replace('shop', 'shoq') }, Date.now())).toBe(false)
    expect(verified({ ...request!, headers: { ...request!.headers, 'x-ecluse-timestamp': String(Math.floor(Date.now() / 1000) + 1) } }, Date.now())).toBe(false)
    expect(verified(request!, Date.now() + 301_000)).toBe(false)
    await here.close()
  })

  test('is not sent on to another place', async () => {
    const other = await serve(() => ({ status: 200 }))
    const moved = await serve(() => ({ status: 302, headers: { location: other.url } }))
    const notifier = webhookNotifier({ name: 'webhook', url: `${moved.url}${PATH}`, secret: SECRET, headers: {} }, listening().ambient)
    await expect(notifier.post(noticeOf())).rejects.toMatchObject({ code: 'channel-refused', status: 302 })
    await Promise.all([other.stop(), moved.stop()])
  })
})
