import { expect, test } from '@jest/globals'
import { notify, type NotifyRequest } from '../../../actions/notify/flow.js'
import type { NotifyOutcome } from '../../../actions/notify/outcome.js'
import { refused } from '../../support/fakes/channels.js'
import { TellingLab } from '../../support/telling-lab.js'

async function asked(lab: TellingLab, parts: Partial<NotifyRequest> = {}): Promise<NotifyOutcome> {
  const by = lab.process()
  return by.life(notify({ app: 'shop', environment: 'production', title: 'The load test', text: '', state: 'succeeded', ...parts }, lab.telling(by), by.ambient))
}

test('what has the same key is one message, from one step and run to the next', async () => {
  const lab = new TellingLab()
  expect(await asked(lab, { key: 'load', state: 'running' })).toMatchObject({ ok: true, reason: 'told', outputs: { told: 'chat', 'not-told': '' } })
  expect(await asked(lab, { key: 'load', state: 'failed', severity: 'warning', facts: { commit: 'c1' } })).toMatchObject({ reason: 'told', outputs: { told: 'chat,mail' } })
  await asked(lab, { key: 'load' })
  expect(lab.channels.lines.filter((line) => line.includes('chat'))).toEqual(['post chat-1 running', 'update chat-1 failed', 'close chat-1 succeeded'])
  expect(lab.channels.said.find(({ channel }) => channel === 'mail')?.notice?.facts).toEqual([['commit', 'c1']])
  await asked(lab, { key: 'load', state: 'running' })
  expect(lab.channels.lines.at(-1)).toBe('post chat-2 running')
})

test.each<[NonNullable<NotifyRequest['state']>, string, string]>([['running', 'info', 'chat'], ['succeeded', 'info', 'chat'], ['waiting', 'warning', 'chat,mail'], ['failed', 'warning', 'chat,mail']])('what is %s is %s where nobody says otherwise', async (state, severity, told) => {
  const lab = new TellingLab()
  expect((await asked(lab, { state })).outputs.told).toBe(told)
  expect(lab.channels.shows('chat-1')).toMatchObject({ state, severity })
  expect((await asked(new TellingLab(), { state, severity: 'info' })).outputs.told).toBe('chat')
})

test('a failure that nobody called grave goes to the next channel all the same when nobody has seen it', async () => {
  const lab = new TellingLab()
  await asked(lab, { key: 'load', state: 'failed' })
  await lab.time.sleep(11 * 60_000)
  await asked(lab, { key: 'other', state: 'running' })
  expect(lab.channels.shows('pager-1')).toMatchObject({ state: 'failed', title: 'The load test' })
})

test('another key, and another run without one, is another message', async () => {
  const lab = new TellingLab()
  await asked(lab)
  await asked(lab)
  await asked(lab, { key: 'load' })
  expect(lab.channels.said.filter(({ verb }) => verb === 'post')).toHaveLength(3)
})

test('it says who could not be told, and fails when nobody was', async () => {
  const lab = new TellingLab()
  lab.channels.trouble = (channel) => (channel === 'mail' ? refused() : undefined)
  expect(await asked(lab, { state: 'failed', severity: 'critical' })).toMatchObject({ ok: true, reason: 'told-in-part', outputs: { told: 'chat', 'not-told': 'mail' } })
  lab.channels.trouble = () => refused()
  const outcome = await asked(lab)
  expect(outcome).toMatchObject({ ok: false, reason: 'not-told', outputs: { told: '', 'not-told': 'chat' } })
  expect(outcome.summary.parts.at(-1)).toMatchObject({ title: 'Not told', rows: [['chat', 'The load test', 'Could not tell: `not_in_channel`.']] })
})

test('where no channel is for it, it says so', async () => {
  const lab = new TellingLab()
  lab.policy = { ...lab.policy, channels: lab.policy.channels.slice(1) }
  expect(await asked(lab)).toMatchObject({ ok: true, reason: 'nobody-to-tell' })
})
