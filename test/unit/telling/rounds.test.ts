/** What later runs do for those who were told, or should have been. */
import { describe, expect, test } from '@jest/globals'
import { StateError } from '../../../core/errors/families.js'
import { backupSubject, deliverySubject } from '../../../core/domain/telling/subjects.js'
import { runEnded } from '../../../core/domain/telling/runs.js'
import { down, refused } from '../../support/fakes/channels.js'
import { Died } from '../../support/flow-process.js'
import { aChannel, TellingLab } from '../../support/telling-lab.js'

const MINUTE = 60_000
const shop = (): Promise<TellingLab> => new TellingLab().served('v0', 'v1')

/** A canary that failed; chat and mail know. */
async function afterFailure(): Promise<TellingLab> {
  const lab = await shop()
  lab.traffic.errors = { v2: 0.5 }
  await lab.delivered('v2')
  expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'mail-1'])
  lab.channels.said.length = 0
  return lab
}

describe('a failure', () => {
  test('that somebody has seen is noted in every channel, and goes to nobody else', async () => {
    const lab = await afterFailure()
    lab.channels.seen.set('chat-1', { by: 'grace', at: 1 })
    await lab.time.sleep(11 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual(['update chat-1 failed', 'update mail-1 failed'])
    expect(lab.channels.shows('mail-1')?.facts.at(-1)).toEqual(['Seen by', 'grace'])
    await lab.time.sleep(60 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual(['update chat-1 failed', 'update mail-1 failed'])
  })

  test('that nobody has seen goes to the next channel when its time has come, once', async () => {
    const lab = await afterFailure()
    await lab.time.sleep(5 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual([])
    await lab.time.sleep(6 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual(['post pager-1 failed'])
    expect(lab.channels.shows('pager-1')?.text).toMatch(/^Nobody has acknowledged this for 1\d min/)
    await lab.time.sleep(60 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual(['post pager-1 failed'])
  })

  test('is over for whoever was woken, too', async () => {
    const lab = await afterFailure()
    await lab.time.sleep(11 * MINUTE)
    await lab.reconciled()
    lab.traffic.errors = {}
    lab.channels.said.length = 0
    await lab.delivered('v3')
    expect(lab.channels.lines.filter((line) => line.startsWith('close')).toSorted()).toEqual(['close chat-1 succeeded', 'close mail-1 succeeded', 'close pager-1 succeeded'])
    expect(lab.kept.every(({ failedAt }) => failedAt === undefined)).toBe(true)
  })

  test('whose next channel does not answer goes there with the next run', async () => {
    const lab = await afterFailure()
    await lab.time.sleep(11 * MINUTE)
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after pager post') by.die()
    }
    await expect(lab.reconciled({ by })).rejects.toBeInstanceOf(Died)
    await lab.reconciled()
    expect(lab.channels.said.filter(({ verb, channel }) => verb === 'post' && channel === 'pager')).toHaveLength(2)
  })

  test.each<[string, () => Error]>([['is down', () => down()], ['refuses', () => refused()]])('whose next channel %s at that moment goes there with the run after it', async (_, fault) => {
    const lab = await afterFailure()
    await lab.time.sleep(11 * MINUTE)
    lab.channels.trouble = (channel) => (channel === 'pager' ? fault() : undefined)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual([])
    lab.channels.trouble = () => undefined
    await lab.reconciled()
    await lab.reconciled()
    expect(lab.channels.lines).toEqual(['post pager-1 failed'])
  })

  test('that turns graver goes to those who are only for that, though its time was over before', async () => {
    const lab = await afterFailure()
    const [first] = lab.policy.escalations
    lab.policy = { ...lab.policy, escalations: [{ ...first!, least: 'critical' }] }
    await lab.time.sleep(11 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toEqual([])
    await lab.run(async () => {
      throw new StateError('platform-unreachable', { message: 'The platform did not answer.' })
    }, { subject: deliverySubject('rollback', lab.environment(), lab.process().ambient.run) }).catch(() => undefined)
    await lab.reconciled()
    expect(lab.channels.shows('pager-1')).toMatchObject({ severity: 'critical' })
  })

  test('after one that somebody has seen is another message, which goes to the next channel when nobody has seen that', async () => {
    const lab = await afterFailure()
    lab.channels.seen.set('chat-1', { by: 'grace' })
    await lab.reconciled()
    lab.channels.said.length = 0
    lab.traffic.errors = { v3: 0.5 }
    await lab.time.sleep(5 * MINUTE)
    await lab.delivered('v3')
    expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-2', 'mail-2'])
    await lab.time.sleep(11 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.shows('pager-1')).toMatchObject({ title: 'Promotion failed: v3 in production' })
    lab.traffic.errors = {}
    await lab.delivered('v4')
    expect(['chat-1', 'chat-2', 'mail-1', 'mail-2', 'pager-1'].map((message) => lab.channels.shows(message)?.state)).toEqual(Array(5).fill('succeeded'))
  })

  test('that was seen and turns graver under the same name has to be seen anew', async () => {
    const lab = await shop()
    const told = async (reason: string) => lab.run(async () => ({ ok: false, reason, message: reason, outputs: {}, summary: { title: '', parts: [] } }), { subject: backupSubject('check', lab.environment(), lab.process().ambient.run, { now: 0, withinMs: 0 }) })
    await told('too-old')
    lab.channels.seen.set('chat-1', { by: 'grace' })
    await lab.reconciled()
    await told('backup-missing')
    await lab.time.sleep(11 * MINUTE)
    await told('backup-missing')
    expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'mail-1', 'chat-2', 'mail-2', 'pager-1'])
  })

  test.each<[string, (lab: TellingLab) => void]>([
    ['for which no channel is, when nobody has said to have seen it', (lab) => (lab.policy = { ...lab.policy, channels: [aChannel('alerts', 'critical')] })],
    ['whose only channel lacks its variable, at once', (lab) => (lab.policy = { ...lab.policy, channels: [], lacking: [{ channel: 'slack', variables: ['SLACK_TOKEN'] }] })],
  ])('%s goes to the next one', async (where, prepare) => {
    const lab = await shop()
    prepare(lab)
    await lab.run(() => Promise.reject(new Error('the disk is full')), { subject: backupSubject('backup', lab.environment(), lab.process().ambient.run, { now: lab.time.now(), withinMs: 0 }) }).catch(() => undefined)
    if (!where.includes('at once')) {
      expect(lab.channels.lines).toEqual([])
      await lab.time.sleep(11 * MINUTE)
      await lab.reconciled()
    }
    expect(lab.channels.lines).toEqual(['post pager-1 failed'])
    expect(lab.channels.said[0]?.notice).toMatchObject({ state: 'failed', title: 'Backup of production failed: error' })
  })

  test('that no channel could be told is told by the next run, whatever failed', async () => {
    const lab = await shop()
    lab.channels.trouble = () => down()
    await lab.run(() => Promise.reject(new Error('the disk is full')), { subject: backupSubject('backup', lab.environment(), lab.process().ambient.run, { now: lab.time.now(), withinMs: 0 }) }).catch(() => undefined)
    lab.channels.trouble = () => undefined
    await lab.delivered('v2')
    expect(lab.channels.lines.filter((line) => line.includes('post')).toSorted()).toEqual(['post chat-1 failed', 'post chat-2 running', 'post mail-1 failed'])
    await lab.reconciled()
    expect(lab.channels.said.filter(({ verb }) => verb === 'post')).toHaveLength(3)
  })

  test('that comes again and again is one message that counts', async () => {
    const lab = await afterFailure()
    lab.traffic.errors = { v3: 0.5, v4: 0.5 }
    for (const version of ['v3', 'v4']) {
      await lab.time.sleep(MINUTE)
      await lab.delivered(version)
    }
    expect(lab.channels.said.filter(({ verb }) => verb === 'post')).toEqual([])
    expect(lab.channels.shows('chat-1')).toMatchObject({ title: 'Promotion failed: v4 in production (3 times)' })
    expect(lab.kept).toMatchObject([{ count: 3 }])
  })

  test('whose message was deleted is said anew', async () => {
    const lab = await afterFailure()
    lab.channels.trouble = (_, verb) => (verb === 'update' || verb === 'close' ? refused('Could not edit: `message_not_found`.') : undefined)
    lab.traffic.errors = {}
    await lab.delivered('v3')
    expect(lab.channels.lines).toEqual(expect.arrayContaining(['post chat-2 succeeded', 'post mail-2 succeeded']))
  })
})

test('two runs that tell the same thing have one message', async () => {
  const lab = await shop()
  const [one, other] = [lab.process(), lab.process()].map((by) => lab.telling(by))
  const news = (message: string) => runEnded(backupSubject('check', lab.environment(), lab.process().ambient.run, { now: 0, withinMs: 0 }), { ok: false, reason: 'too-old', message }, lab.time.now())!
  one!.tell(news('It is 25 h old.'))
  await one!.flush(5000)
  other!.tell(news('It is 26 h old.'))
  await other!.flush(5000)
  expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'mail-1'])
  expect(lab.channels.shows('chat-1')).toMatchObject({ key: 'backup-old:production', text: 'It is 26 h old.' })
  one!.tell(runEnded(backupSubject('check', lab.environment(), lab.process().ambient.run, { now: 0, withinMs: 0 }), { ok: true, reason: 'recent', message: 'It is 1 h old.' }, lab.time.now())!)
  await one!.flush(5000)
  expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'succeeded' })
})

describe('a run that is gone', () => {
  test('after one of several channels was told is followed by one that tells the others', async () => {
    const lab = await shop()
    lab.traffic.errors = { v2: 0.5 }
    lab.policy = { ...lab.policy, channels: [...lab.policy.channels, aChannel('desk', 'warning')] }
    const by = lab.process()
    lab.channels.trouble = (channel) => (channel === 'desk' ? new Promise(() => undefined) : undefined)
    by.at = (point, count) => {
      // The record of what was told comes after it.
      if (point === 'after ledger record' && by.points.slice(0, count).includes('after mail post')) by.die()
    }
    await expect(lab.delivered('v2', {}, by)).rejects.toBeInstanceOf(Died)
    lab.channels.trouble = () => undefined
    await lab.reconciled()
    expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'mail-1', 'desk-1'])
    expect(lab.channels.shows('desk-1')).toMatchObject({ state: 'failed', title: 'Promotion failed: v2 in production' })
  })

  test('and could tell nobody anything is made up for, but by whom only looks in passing', async () => {
    const lab = await shop()
    lab.traffic.errors = { v2: 0.5 }
    lab.channels.trouble = () => down()
    await lab.delivered('v2')
    expect(lab.channels.lines).toEqual([])
    lab.channels.trouble = () => undefined
    await lab.reconciled()
    expect(lab.channels.lines.toSorted()).toEqual(['post chat-1 failed', 'post mail-1 failed'])
    await lab.reconciled()
    expect(lab.channels.lines).toHaveLength(2)
  })

  test('and whose delivery was healed is told of under its own message', async () => {
    const lab = await shop()
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 50') by.die()
    }
    await expect(lab.delivered('v2', {}, by)).rejects.toBeInstanceOf(Died)
    await lab.reconciled()
    expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'mail-1'])
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed', title: 'Promotion lost its runner: v2 in production' })
  })

  test('is not what one is taken for that ended while a channel did not answer', async () => {
    const lab = await shop()
    lab.policy = { ...lab.policy, channels: [...lab.policy.channels, aChannel('desk', 'info')] }
    lab.channels.trouble = (channel) => (channel === 'desk' ? new Promise(() => undefined) : undefined)
    const subject = backupSubject('backup', lab.environment(), lab.process().ambient.run, { now: lab.time.now(), withinMs: 30 * MINUTE })
    await lab.run(async () => ({ ok: true, reason: 'verified', message: 'm', outputs: {}, summary: { title: '', parts: [] } }), { subject })
    expect(lab.channels.lines).toEqual(['post chat-1 running', 'close chat-1 succeeded'])
    await lab.time.sleep(60 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toHaveLength(2)
    expect(lab.kept).toMatchObject([{ notice: { state: 'succeeded' } }])
  })

  test('and that was no delivery is told of when its time is over', async () => {
    const lab = await shop()
    const by = lab.process()
    const subject = backupSubject('backup', lab.environment(), by.ambient.run, { now: lab.time.now(), withinMs: 30 * MINUTE })
    await expect(lab.run(async (one) => {
      await lab.time.sleep(MINUTE)
      one.die()
      return new Promise<never>(() => undefined)
    }, { by, subject })).rejects.toBeInstanceOf(Died)
    expect(lab.channels.lines).toEqual(['post chat-1 running'])
    await lab.time.sleep(30 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.lines).toHaveLength(1)
    await lab.time.sleep(20 * MINUTE)
    await lab.reconciled()
    expect(lab.channels.shows('chat-1')).toMatchObject({ state: 'failed', title: 'No end was seen of: Backup of production is under way' })
  })
})

describe('a scheduled run', () => {
  test('that finds nothing says nothing', async () => {
    const lab = await shop()
    await lab.reconciled({ waiting: [] })
    expect(lab.channels.said).toEqual([])
    expect(lab.kept).toEqual([])
  })

  test('tells of approvals that wait for too long, and of their end', async () => {
    const lab = await shop()
    const waiting = [{ id: '7', title: 'Deliver v2', actor: 'ada', createdAt: lab.time.now(), url: 'https://ci.example/7' }]
    await lab.reconciled({ waiting })
    await lab.time.sleep(61 * MINUTE)
    for (let round = 0; round < 3; round += 1) await lab.reconciled({ waiting })
    expect(lab.channels.lines).toEqual(['post chat-1 waiting', 'post mail-1 waiting'])
    await lab.reconciled({ waiting: [] })
    expect(lab.channels.lines.slice(2).toSorted()).toEqual(['close chat-1 succeeded', 'close mail-1 succeeded'])
  })

  test('says in its summary who could not be told', async () => {
    const lab = await afterFailure()
    await lab.time.sleep(11 * MINUTE)
    lab.channels.trouble = (channel) => (channel === 'pager' ? down() : undefined)
    const { ok, summary } = await lab.reconciled()
    expect(ok).toBe(true)
    expect(summary.parts.at(-1)).toMatchObject({ title: 'Not told', rows: [['escalate.pager', expect.any(String), 'Could not tell: nothing answers.']] })
  })
})
