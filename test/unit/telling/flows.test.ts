/** People are told of real flows: what they read, and that a delivery never waits for it, nor fails by it. */
import { describe, expect, test } from '@jest/globals'
import { StateError } from '../../../core/errors/families.js'
import { runEnded } from '../../../core/domain/telling/runs.js'
import { backupSubject, deliverySubject } from '../../../core/domain/telling/subjects.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Ledger } from '../../../core/ports/ledger.js'
import { down, refused } from '../../support/fakes/channels.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { Died } from '../../support/flow-process.js'
import { TellingLab } from '../../support/telling-lab.js'

const shop = (): Promise<TellingLab> => new TellingLab().served('v0', 'v1')
const bad = (lab: TellingLab): void => {
  lab.traffic.errors = { v2: 0.5 }
}

describe('a delivery', () => {
  test('is one message that is edited at each stage, with the stages below it, and closed at the end', async () => {
    const lab = await shop()
    expect((await lab.delivered('v2')).reason).toBe('promoted')
    expect(lab.channels.said.filter(({ verb }) => verb === 'post')).toHaveLength(1)
    expect(lab.channels.lines.at(0)).toBe('post chat-1 running')
    expect(lab.channels.lines.at(-1)).toBe('close chat-1 succeeded')
    expect(lab.channels.said.filter(({ verb }) => verb === 'reply').map(({ notice }) => notice?.text)).toEqual(expect.arrayContaining(['v2 gets 10 % of the traffic.', 'v2 gets 50 % of the traffic.', 'v2 gets all of the traffic.']))
    expect(lab.channels.shows('chat-1')).toMatchObject({ title: 'Promoted: v2 in production', severity: 'info', facts: expect.arrayContaining([['Version', 'v2'], ['Before', 'v1'], ['Reason', 'promoted'], ['Serves now', 'v2']]) })
  })

  test('that fails says why, and reaches those who hear of failures only', async () => {
    const lab = await shop()
    bad(lab)
    expect((await lab.delivered('v2')).reason).toBe('high-error-rate')
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed', severity: 'warning', title: 'Promotion failed: v2 in production', text: expect.stringContaining('the judge failed the release') })
    expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'failed' })
    expect(lab.kept).toMatchObject([{ id: lab.last!.id, count: 1, notice: { state: 'failed' }, messages: [{ channel: 'chat' }, { channel: 'mail' }] }])
  })

  test('after one that failed goes on in its message, and its success ends that', async () => {
    const lab = await shop()
    bad(lab)
    await lab.delivered('v2')
    lab.traffic.errors = {}
    await lab.time.sleep(300_000)
    expect((await lab.delivered('v3')).reason).toBe('promoted')
    expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'mail-1'])
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'succeeded', title: 'Promoted: v3 in production' })
    // Who hears of failures only, hears of its end, and of nothing in between.
    expect(lab.channels.lines.filter((line) => line.includes('mail-1'))).toEqual(['post mail-1 failed', 'close mail-1 succeeded'])
  })

  test.each<[string, (lab: TellingLab) => void, string, string]>([
    ['refused because somebody else is at work', (lab) => void (lab.keeping = (ambient) => ({ ledger: { ...kept(lab, ambient).ledger, take: async () => ({ kind: 'held', until: lab.time.now() + 5000, by: { lease: 'l', fence: 9, run: ambient.run } }) } })), 'failed', 'Promotion of v2 to production failed: lease-held'],
    ['that can not be judged', (lab) => void (lab.measured = false), 'failed', 'Promotion of v2 to production failed: no-metrics'],
  ])('that was %s is told of, though it never began', async (_, prepare, state, title) => {
    const lab = await shop()
    prepare(lab)
    await lab.delivered('v2')
    expect(lab.channels.shows('chat-1')).toMatchObject({ state, title, facts: expect.arrayContaining([['Version', 'v2']]) })
  })

  test('that breaks before it is begun is told of, and breaks all the same', async () => {
    const lab = await shop()
    await expect(lab.run(() => Promise.reject(new StateError('platform-unreachable', { message: 'The platform did not answer.' })))).rejects.toThrow('did not answer')
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed', severity: 'warning', text: expect.stringContaining('Check that it runs') })
  })

  test('that is cancelled says so', async () => {
    const lab = await shop()
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 50') by.cancel()
    }
    expect((await lab.delivered('v2', {}, by)).reason).toBe('cancelled')
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed', severity: 'warning', facts: expect.arrayContaining([['Reason', 'cancelled']]) })
  })

  test('that a rollback takes over ends quietly; the rollback has its own message', async () => {
    const lab = await shop()
    const by = lab.process()
    let back: Promise<unknown> | undefined
    by.at = (point) => {
      if (point === 'after platform shift 50') back = lab.run((one) => lab.rollback({ by: one }), { subject: deliverySubject('rollback', lab.environment(), by.ambient.run) })
    }
    expect((await lab.delivered('v2', {}, by)).reason).toBe('preempted')
    await back
    expect(lab.channels.said.filter(({ channel }) => channel === 'mail')).toEqual([])
    const [delivery, rollback] = ['chat-1', 'chat-2'].map((message) => lab.channels.shows(message))
    expect(delivery).toMatchObject({ state: 'failed', severity: 'info' })
    expect(rollback).toMatchObject({ state: 'succeeded', title: 'Brought back: v1 in production' })
  })

  test('that nobody may know where it stands is for now, under its own message', async () => {
    const lab = await shop()
    bad(lab)
    const by = lab.process()
    by.at = (point) => {
      if (/^before platform/.test(point) && by.points.includes('after ledger doing abandon')) throw new Error('the platform is gone')
    }
    expect((await lab.delivered('v2', {}, by)).reason).toBe('stuck')
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed', severity: 'critical' })
    expect(lab.channels.said.filter(({ verb, channel }) => verb === 'post' && channel === 'chat')).toHaveLength(1)
  })
})

describe('a channel', () => {
  test('that is down changes nothing of a delivery, is in the summary, and the next one is used', async () => {
    const lab = await shop()
    bad(lab)
    lab.policy = { ...lab.policy, channels: [lab.policy.channels[0]!] }
    lab.channels.trouble = (channel) => (channel === 'chat' ? down() : undefined)
    const { reason, summary } = await lab.delivered('v2')
    expect(reason).toBe('high-error-rate')
    expect(lab.channels.lines).toEqual(['post pager-1 failed'])
    expect(summary.parts.at(-1)).toMatchObject({ kind: 'table', title: 'Not told', rows: [['chat', 'Promotion failed: v2 in production', 'Could not tell: nothing answers.']] })
  })

  test('that is down wakes nobody else when another one has it', async () => {
    const lab = await shop()
    bad(lab)
    lab.channels.trouble = (channel) => (channel === 'chat' ? down() : undefined)
    await lab.delivered('v2')
    expect(lab.channels.lines).toEqual(['post mail-1 failed'])
  })

  test('that never answers holds up the end of a run for a few seconds, and nothing else', async () => {
    const lab = await shop()
    lab.channels.trouble = () => new Promise(() => undefined)
    const other = await shop()
    other.policy = { ...other.policy, channels: [] }
    const took = async (one: TellingLab): Promise<number> => {
      const start = one.time.now()
      expect((await one.delivered('v2')).reason).toBe('promoted')
      return one.time.now() - start
    }
    expect(await took(lab) - (await took(other))).toBeLessThanOrEqual(6000)
    expect(lab.told.join('\n')).toContain('it had not answered when the run ended')
  })

  test.each<[string, () => Error | Promise<undefined>]>([
    ['hangs', () => new Promise(() => undefined)], ['asks to be left alone for a day', () => down(24 * 3_600_000)], ['answers 5xx', () => down()],
    ['shows a certificate that nobody trusts', () => refused('Could not tell: its certificate is not trusted.')], ['sends us elsewhere', () => refused('Could not tell: it answered 302.')],
  ])('that %s changes neither what a failed delivery does nor, by more than seconds, when it ends', async (_, ill) => {
    const [lab, other] = [await shop(), await shop()]
    lab.channels.trouble = ill
    other.policy = { ...other.policy, channels: [], escalations: [] }
    const ended = async (one: TellingLab): Promise<readonly [string, number, readonly string[]]> => {
      bad(one)
      const start = one.time.now()
      const { reason } = await one.delivered('v2')
      return [reason, one.time.now() - start, one.journal.filter((line) => line.startsWith('platform'))]
    }
    const [reason, took, done] = await ended(lab)
    const [usual, usually, asUsual] = await ended(other)
    expect([reason, done]).toEqual([usual, asUsual])
    expect(took - usually).toBeLessThanOrEqual(6000)
    expect(lab.kept.every(({ messages }) => messages.length === 0)).toBe(true)
  })

  test('that asks to be left alone for a while is left alone for so long', async () => {
    const lab = await shop()
    const at: number[] = []
    lab.channels.trouble = (_, verb) => {
      if (verb !== 'post') return undefined
      at.push(lab.time.now())
      return at.length === 1 ? down(7000) : undefined
    }
    await lab.delivered('v2')
    expect(at).toHaveLength(2)
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(7000)
  })

  test('that refuses is not asked the same again at once', async () => {
    const lab = await shop()
    let posts = 0
    lab.channels.trouble = (_, verb) => (verb === 'post' && ++posts < 100 ? refused() : undefined)
    await lab.delivered('v2', { place: { rollout: { strategy: 'direct' } } })
    // Once as it began; what was on its way is spared, and once as it ended.
    expect(posts).toBe(2)
  })

  test('whose variables are not set is in the summary, and in nobody’s way', async () => {
    const lab = await shop()
    lab.policy = { ...lab.policy, lacking: [{ channel: 'slack', variables: ['SLACK_TOKEN'] }] }
    const { summary } = await lab.delivered('v2')
    expect(summary.parts.at(-1)).toMatchObject({ title: 'Not told', rows: [['slack', 'Promoted: v2 in production', '`SLACK_TOKEN` is not set here']] })
  })

  test('is never told a secret', async () => {
    const lab = await shop()
    const SECRET = 'hunter2-token'
    lab.masked = (text) => text.replaceAll(SECRET, '***')
    lab.channels.trouble = (channel) => (channel === 'mail' ? refused(`Could not tell: ${SECRET} is not known.`) : undefined)
    const outcome = await lab.run(() => Promise.reject(new Error(`the address postgres://shop:${SECRET}@db refuses`))).catch(() => undefined)
    expect(outcome).toBeUndefined()
    expect(lab.channels.said.length).toBeGreaterThan(0)
    expect(JSON.stringify([lab.channels.said, lab.kept, lab.told])).not.toContain(SECRET)
    expect(lab.channels.shows('chat-1')?.text).toContain('postgres://shop:***@db')
  })
})

test('a ledger that can be neither read nor written keeps nobody from being told', async () => {
  const lab = await shop()
  bad(lab)
  const fault = (): Promise<never> => Promise.reject(new Error('the disk is full'))
  lab.keeping = (ambient) => {
    const { ledger } = kept(lab, ambient)
    return { ledger: { ...ledger, told: fault, record: fault } }
  }
  expect((await lab.delivered('v2')).reason).toBe('high-error-rate')
  expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed' })
  expect(lab.told.join('\n')).toContain('is not in the ledger, and a later run may tell it again')
})

test.each<[string, Partial<Ledger>]>([['what people were told', { told: () => new Promise(() => undefined) }], ['the history', { history: () => new Promise(() => undefined) }]])('a ledger that never answers when asked for %s keeps nobody from being told', async (_, stuck) => {
  const lab = await shop()
  bad(lab)
  await lab.delivered('v2')
  lab.channels.said.length = 0
  await lab.time.sleep(11 * 60_000)
  const by = lab.process()
  const telling = lab.telling(by, stuck)
  telling.follow(true)
  telling.tell(runEnded(backupSubject('backup', lab.environment(), by.ambient.run, { now: 0, withinMs: 0 }), { ok: false, reason: 'dump-failed', message: 'm' }, lab.time.now())!)
  await telling.flush(5000)
  expect(lab.channels.lines).toContain('post chat-2 failed')
  expect(lab.channels.lines).toContain('post pager-1 failed')
})

test('wherever a run dies, the next one ends what people read, with one message more at most', async () => {
  const whole = await shop()
  bad(whole)
  const first = whole.process()
  await whole.delivered('v2', {}, first)
  const points = first.points.filter((point) => !/metrics|observe|returnAt/.test(point))
  expect(points.filter((point) => /chat|mail|record/.test(point)).length).toBeGreaterThan(10)
  for (const [place] of points.entries()) {
    const lab = await shop()
    bad(lab)
    const by = lab.process()
    let passed = 0
    by.at = (point) => {
      if (/metrics|observe|returnAt/.test(point)) return
      passed += 1
      if (passed === place + 1) by.die()
    }
    const outcome = await lab.delivered('v2', {}, by).catch((fault: unknown) => fault)
    if (outcome instanceof Died) {
      await lab.time.sleep(60_000)
      await lab.reconciled()
    }
    const where = `killed ${points[place]}`
    const posts = lab.channels.said.filter(({ verb }) => verb === 'post')
    expect([where, posts.filter(({ channel }) => channel === 'chat').length <= 2, posts.filter(({ channel }) => channel === 'mail').length <= 2]).toEqual([where, true, true])
    // A run that died before it had begun left nothing behind to be told of.
    if (lab.last?.intent.release.version !== 'v2') continue
    const last = lab.channels.shows(posts.findLast(({ channel }) => channel === 'chat')?.message ?? '')
    expect([where, last?.state]).toEqual([where, 'failed'])
    expect([where, posts.some(({ channel }) => channel === 'mail')]).toEqual([where, true])
  }
})

function kept(lab: TellingLab, ambient: Ambient): { readonly ledger: Ledger } {
  return { ledger: fakeLedger(lab.store, ambient) }
}
