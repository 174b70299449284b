import { describe, expect, test } from '@jest/globals'
import type { SlackOptions } from '../../../core/domain/channels.js'
import { slackNotifier } from '../../../core/drivers/notifiers/slack/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Notifier } from '../../../core/ports/notifier.js'
import { unusedPort } from '../../support/local-lab.js'
import { serveIll, type Loopback } from '../../support/services/loopback.js'
import { startSlack, type FakeSlack, type SlackMessage } from '../../support/services/slack.js'
import { listening, noticeOf, notifierContract, type NotifierLab } from './suite.js'

/** As people read it. */
const read = ({ shown }: SlackMessage): string => shown.replaceAll(/<(?:!|@)[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const mentionsIn = ({ shown, text }: SlackMessage): readonly string[] => [...`${shown} ${text}`.matchAll(/<[!@][^>]*>/g)].map(([mention]) => mention)

async function place(ways: 'bot' | 'webhook'): Promise<NotifierLab & { readonly slack: FakeSlack }> {
  const slack = await startSlack()
  const ill: Loopback[] = []
  const options = (url: string): SlackOptions => (ways === 'bot'
    ? { name: 'slack', channel: '#deploys', token: slack.token, mention: ['here', 'S0614TZR7'], api: `${url}/api` }
    : { name: 'slack', webhook: slack.hook.replace(slack.url, url), mention: ['here'], api: '' })
  let from = 0
  return {
    slack,
    secrets: [slack.token, 'plantedWebhookPath4711'],
    open: (ambient) => slackNotifier(options(slack.url), ambient),
    seen: async () => slack.messages.slice(from).filter(({ thread }) => thread === undefined).map(read),
    details: async () => slack.messages.slice(from).filter(({ thread }) => thread !== undefined).map(read),
    called: async () => slack.messages.slice(from).flatMap(mentionsIn),
    ...(ways === 'webhook' ? {} : {
      acknowledge: async () => {
        slack.react(slack.messages.at(-1)!.ts, 'U0ONCALL')
        return 'U0ONCALL'
      },
    }),
    async failing(failure, ambient) {
      if (failure === 'down') return slackNotifier(options(`http://127.0.0.1:${await unusedPort()}`), ambient)
      const server = await serveIll(failure)
      ill.push(server)
      return slackNotifier(options(server.url), ambient, ...(failure === 'slow' ? [150] : []))
    },
    clear: async () => {
      from = slack.messages.length
    },
    async close() {
      await Promise.all([slack, ...ill].map((server) => server.stop()))
    },
  }
}

notifierContract('slack, by a token', () => place('bot'))
notifierContract('slack, by a webhook', () => place('webhook'))

describe('a bot in Slack', () => {
  const withBot = async (work: (slack: FakeSlack, notifier: Notifier, ambient: Ambient) => Promise<void>): Promise<void> => {
    const here = await place('bot')
    const { ambient } = listening()
    try {
      await work(here.slack, await here.open(ambient), ambient)
    } finally {
      await here.close()
    }
  }
  const failed = noticeOf({ title: 'failed' })
  const running = noticeOf({ severity: 'info', state: 'running', title: 'begins' })

  test('wakes whoever is named by a failure, once, and by nothing else', () => withBot(async (slack, notifier) => {
    const thread = await notifier.post(running)
    expect(slack.messages.flatMap(mentionsIn)).toEqual([])
    const told = await notifier.update(thread, failed)
    const [first, second, ...others] = slack.messages
    expect([first?.edits, second?.thread, second?.broadcast, others]).toEqual([1, first?.ts, true, []])
    expect(mentionsIn(second!)).toEqual(['<!here>', '<!subteam^S0614TZR7>', '<!here>', '<!subteam^S0614TZR7>'])
    await notifier.update(told, { ...failed, title: 'failed, still' })
    expect(slack.messages).toHaveLength(2)
    await notifier.close(told, noticeOf({ severity: 'critical', state: 'succeeded', title: 'well' }))
    expect(mentionsIn(slack.messages[0]!)).toEqual([])
  }))

  test('a message that somebody deleted is said anew', () => withBot(async (slack, notifier) => {
    const thread = await notifier.post(running)
    slack.remove(slack.messages[0]!.ts)
    const next = await notifier.update(thread, failed)
    expect(slack.messages.map(({ ts }) => ts)).toEqual([next['ts']])
    expect(await notifier.acknowledged(thread)).toBeUndefined()
  }))

  test('a reply of a person is a sign, those of programs are none', () => withBot(async (slack, notifier) => {
    const thread = await notifier.post(failed)
    await notifier.reply(thread, noticeOf({ title: 'detail' }))
    expect(await notifier.acknowledged(thread)).toBeUndefined()
    slack.say(thread['ts']!, 'U0NIGHT')
    expect(await notifier.acknowledged(thread)).toEqual({ by: 'U0NIGHT', at: 1_766_300_000_000 })
  }))

  test('what was there before the failure is no sign: people cheer deliveries that begin', () => withBot(async (slack, notifier) => {
    const begun = await notifier.post(running)
    slack.react(begun['ts']!, 'U0CHEER')
    slack.say(begun['ts']!, 'U0CHEER')
    const thread = await notifier.update(begun, failed)
    expect(await notifier.acknowledged(thread)).toBeUndefined()
    expect(await notifier.acknowledged(await notifier.update(thread, { ...failed, title: 'failed, still' }))).toBeUndefined()
    slack.react(begun['ts']!, 'U0ONCALL')
    expect(await notifier.acknowledged(thread)).toEqual({ by: 'U0ONCALL' })
  }))

  test.each<[string, (slack: FakeSlack, ts: string) => void, string]>([
    ['a reaction to what called them', (slack) => slack.react(slack.messages.at(-1)!.ts, 'U0ONCALL'), 'U0ONCALL'],
    ['a reply that the channel sees', (slack, ts) => slack.say(ts, 'U0NIGHT', true), 'U0NIGHT'],
  ])('%s is a sign, also below many details', (_, act, by) => withBot(async (slack, notifier) => {
    const begun = await notifier.post(running)
    for (let times = 0; times < 30; times += 1) await notifier.reply(begun, noticeOf({ title: 'detail' }))
    const thread = await notifier.update(begun, failed)
    expect(await notifier.acknowledged(thread)).toBeUndefined()
    act(slack, begun['ts']!)
    expect(await notifier.acknowledged(thread)).toMatchObject({ by })
  }))

  test.each([
    ['a scope that is missing', (slack: FakeSlack) => void slack.scopes.delete('chat:write'), 'channel-refused', /lacks the scope `chat:write`; the token has `reactions:read,channels:history`/, /OAuth & Permissions/],
    ['a channel that it is not in', (slack: FakeSlack) => void (slack.answer = { ok: false, error: 'not_in_channel' }), 'channel-refused', /`not_in_channel`/, /\/invite/],
    ['a token that was revoked', (slack: FakeSlack) => void (slack.answer = { ok: false, error: 'token_revoked' }), 'channel-refused', /`token_revoked`/, /xoxb/],
    ["a fault of Slack's own", (slack: FakeSlack) => void (slack.answer = { ok: false, error: 'internal_error' }), 'channel-unreachable', /`internal_error`/, /./],
    ['an answer without its place', (slack: FakeSlack) => void (slack.answer = { ok: true }), 'channel-unreachable', /no answer of it/, /./],
  ])('%s is told with what to do', (_what, spoil, code, words, fix) => withBot(async (slack, notifier) => {
    spoil(slack)
    await expect(notifier.post(failed)).rejects.toMatchObject({ code, message: expect.stringMatching(words), fix: expect.stringMatching(fix) })
  }))

  test('names the scope that reading reactions needs', () => withBot(async (slack, notifier) => {
    const thread = await notifier.post(failed)
    slack.scopes.delete('reactions:read')
    await expect(notifier.acknowledged(thread)).rejects.toMatchObject({ code: 'channel-refused', message: expect.stringContaining('`reactions:read`') })
  }))
})
