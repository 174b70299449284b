/** What a channel was not told because it was down, and who tells it then. */
import { describe, expect, test } from '@jest/globals'
import { owedOf } from '../../../core/domain/telling/owed.js'
import { backupSubject } from '../../../core/domain/telling/subjects.js'
import { notify } from '../../../actions/notify/flow.js'
import { down, refused } from '../../support/fakes/channels.js'
import { Died } from '../../support/flow-process.js'
import { TellingLab } from '../../support/telling-lab.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const shop = (): Promise<TellingLab> => new TellingLab().served('v0', 'v1')
const fair = (lab: TellingLab): void => void (lab.channels.trouble = () => undefined)
const chatDown = (lab: TellingLab): void => void (lab.channels.trouble = (channel) => (channel === 'chat' ? down() : undefined))
const inChat = (lab: TellingLab): readonly string[] => lab.channels.lines.filter((line) => line.includes('chat') && !line.startsWith('reply'))

/** The chat is told that it begins, and is down when it ends. */
async function endsUnheard(errors: Readonly<Record<string, number>> = {}): Promise<TellingLab> {
  const lab = await shop()
  lab.traffic.errors = errors
  lab.channels.trouble = (channel, verb) => (channel === 'chat' && verb !== 'post' ? down() : undefined)
  await lab.delivered('v2')
  expect(inChat(lab)).toEqual(['post chat-1 running'])
  return lab
}

describe('a channel that was down when a delivery ended', () => {
  test.each<[string, Readonly<Record<string, number>>, string]>([['went well', {}, 'close chat-1 succeeded'], ['failed', { v2: 0.5 }, 'update chat-1 failed']])('that %s is told by the next run, whatever that is, and once', async (_, errors, line) => {
    const lab = await endsUnheard(errors)
    fair(lab)
    await lab.run(async () => ({ ok: true, reason: 'recent', message: '', outputs: {}, summary: { title: '', parts: [] } }), { subject: backupSubject('check', lab.environment(), lab.process().ambient.run, { now: 0, withinMs: 0 }) })
    expect(inChat(lab)).toEqual(['post chat-1 running', line])
    for (let round = 0; round < 3; round += 1) {
      await lab.time.sleep(30 * MINUTE)
      await lab.reconciled()
    }
    expect(inChat(lab)).toEqual(['post chat-1 running', line])
    // Nobody else hears of it twice.
    expect(lab.channels.lines.filter((one) => one.includes('mail'))).toEqual(line.includes('failed') ? ['post mail-1 failed'] : [])
  })

  test('and when it began, has one message of it', async () => {
    const lab = await shop()
    chatDown(lab)
    await lab.delivered('v2')
    fair(lab)
    await lab.reconciled()
    await lab.reconciled()
    expect(lab.channels.lines).toEqual(['post chat-1 succeeded'])
    expect(lab.channels.shows('chat-1')).toMatchObject({ title: 'Promoted: v2 in production' })
  })

  test('and never answered, is told as well', async () => {
    const lab = await shop()
    lab.channels.trouble = (channel, verb) => (channel === 'chat' && verb !== 'post' ? new Promise(() => undefined) : undefined)
    await lab.delivered('v2')
    fair(lab)
    await lab.reconciled()
    expect(inChat(lab)).toEqual(['post chat-1 running', 'close chat-1 succeeded'])
  })

  test('is told by a step of the user’s own, whose result is its own', async () => {
    const lab = await endsUnheard()
    lab.channels.trouble = (channel, verb) => (channel === 'chat' && verb === 'close' ? down() : undefined)
    const asked = (): Promise<unknown> => {
      const by = lab.process()
      return by.life(notify({ app: 'shop', environment: 'production', title: 'Load test', text: '', severity: 'info', state: 'running' }, lab.telling(by), by.ambient))
    }
    expect(await asked()).toMatchObject({ reason: 'told', outputs: { told: 'chat', 'not-told': '' } })
    fair(lab)
    await lab.time.sleep(2 * MINUTE)
    await asked()
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'succeeded' })
  })
})

test('an incident that was over while a channel was down is closed there, too', async () => {
  const lab = await shop()
  lab.traffic.errors = { v2: 0.5 }
  await lab.delivered('v2')
  lab.traffic.errors = {}
  await lab.time.sleep(2 * HOUR)
  lab.channels.trouble = (channel) => (channel === 'mail' ? down() : undefined)
  await lab.delivered('v3')
  expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'failed' })
  await lab.time.sleep(3 * 24 * HOUR)
  fair(lab)
  await lab.reconciled()
  expect(lab.channels.lines.filter((line) => line.includes('mail'))).toEqual(['post mail-1 failed', 'close mail-1 succeeded'])
})

test('a failure that is over before its channel answers is told there by its end alone, and nowhere that hears of failures only', async () => {
  const lab = await shop()
  lab.traffic.errors = { v2: 0.5 }
  lab.channels.trouble = () => down()
  await lab.delivered('v2')
  lab.traffic.errors = {}
  await lab.delivered('v3')
  fair(lab)
  await lab.time.sleep(2 * HOUR)
  await lab.reconciled()
  expect(lab.channels.lines.filter((line) => !line.startsWith('reply'))).toEqual(['post chat-1 succeeded'])
})

describe('a channel that stays down', () => {
  test('is tried ever less often', async () => {
    const lab = await endsUnheard({ v2: 0.5 })
    chatDown(lab)
    let asked = 0
    lab.channels.trouble = (channel, verb) => {
      if (channel !== 'chat' || verb === 'acknowledged') return undefined
      asked += 1
      return refused()
    }
    const tries: number[] = []
    for (let minute = 0; minute < 180; minute += 1) {
      const before = asked
      await lab.reconciled()
      if (asked > before) tries.push(minute)
      await lab.time.sleep(MINUTE)
    }
    expect(tries.length).toBeGreaterThan(5)
    expect(tries.length).toBeLessThanOrEqual(9)
    const pauses = tries.map((minute, at) => minute - (tries[at - 1] ?? 0)).slice(1)
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  })

  test.each<[string, boolean, number, boolean]>([['a day', false, 25 * HOUR, false], ['a week, where its message stands', true, 6 * 24 * HOUR, true], ['a week, where its message stands', true, 8 * 24 * HOUR, false]])('is left alone after %s', async (_, stands, afterMs, told) => {
    const lab = stands ? await endsUnheard() : await shop()
    if (!stands) {
      chatDown(lab)
      await lab.delivered('v2')
    }
    fair(lab)
    await lab.time.sleep(afterMs)
    const before = lab.channels.lines.length
    await lab.reconciled()
    expect(lab.channels.lines.length > before).toBe(told)
  })
})

test('a run without the variables of a channel leaves what it has to say there to one that has them', async () => {
  const lab = await shop()
  lab.traffic.errors = { v2: 0.5 }
  await lab.delivered('v2')
  const whole = lab.policy
  lab.policy = { ...whole, channels: whole.channels.slice(1), lacking: [{ channel: 'chat', variables: ['SLACK_TOKEN'] }] }
  lab.traffic.errors = {}
  await lab.delivered('v3')
  expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed' })
  lab.policy = whole
  await lab.reconciled()
  expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'succeeded', title: 'Promoted: v3 in production' })
})

test('of two runs that look at the same time, the one that comes second sees that the first is at it', async () => {
  const lab = await endsUnheard({ v2: 0.5 })
  lab.channels.trouble = (channel, verb) => (channel === 'chat' && verb === 'update' ? new Promise((resolve) => void lab.time.sleep(2000).then(() => resolve(undefined))) : undefined)
  const [one, other] = [lab.process(), lab.process()].map((by) => lab.telling(by))
  one!.follow()
  await lab.time.sleep(1000)
  other!.follow()
  await Promise.all([one!.flush(5000), other!.flush(5000)])
  expect(inChat(lab)).toEqual(['post chat-1 running', 'update chat-1 failed'])
})

test('a run that dies while it makes up for it leaves the rest to the next one', async () => {
  const lab = await endsUnheard({ v2: 0.5 })
  fair(lab)
  const by = lab.process()
  by.at = (point) => {
    if (point === 'before chat update') by.die()
  }
  await expect(lab.reconciled({ by })).rejects.toBeInstanceOf(Died)
  expect(inChat(lab)).toEqual(['post chat-1 running'])
  await lab.time.sleep(5 * MINUTE)
  await lab.reconciled()
  expect(inChat(lab)).toEqual(['post chat-1 running', 'update chat-1 failed'])
})

test('of what two runs wrote, the later word on each channel counts', () => {
  const one = [{ channel: 'chat', at: 1, tries: 1 }, { channel: 'mail', at: 9, tries: 0 }]
  const other = [{ channel: 'chat', at: 2, tries: 0 }, { channel: 'mail', at: 3, tries: 2 }]
  for (const [older, newer] of [[one, other], [other, one]] as const) expect(Object.fromEntries(owedOf(older, newer).map(({ channel, tries }) => [channel, tries]))).toEqual({ chat: 0, mail: 0 })
})
