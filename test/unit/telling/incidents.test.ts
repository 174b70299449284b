import { describe, expect, test } from '@jest/globals'
import type { Notice, NoticeState, Severity } from '../../../core/domain/notice.js'
import { approvalNews } from '../../../core/domain/telling/approvals.js'
import { due, escalatedNotice, unseen } from '../../../core/domain/telling/escalation.js'
import { decide, shown } from '../../../core/domain/telling/incidents.js'
import { allChannels, nextChannel, routed, type NotifyPolicy } from '../../../core/domain/telling/policy.js'
import { threadsOf, told, together, withMessage, type News, type Told } from '../../../core/domain/telling/told.js'

const HOUR = 3_600_000
const at = (key: string, state: NoticeState, severity: Severity, time: number): Notice => ({ key, app: 'shop', environment: 'production', severity, state, title: `${key} ${state}`, text: 'text', facts: [], link: '', at: time })
const failed = (key: string, time: number): News => ({ topic: 'delivery', notice: at(key, 'failed', 'warning', time) })
const running = (key: string, time: number): News => ({ topic: 'delivery', notice: at(key, 'running', 'info', time) })
const well = (key: string, time: number): News => ({ topic: 'delivery', notice: at(key, 'succeeded', 'info', time) })

/** Threads after all of it, one after the other. */
function after(...all: readonly News[]): readonly Told[] {
  return all.reduce<readonly Told[]>((threads, news) => {
    const { thread, over } = decide(threads, news, HOUR)
    return [...over, ...(thread === undefined ? [] : [thread])].reduce((now, one) => [...now.filter(({ id }) => id !== one.id), one], threads)
  }, [])
}
const outline = (threads: readonly Told[]): readonly string[] => threads.map(({ id, keys, count, failedAt, notice }) => `${id} [${keys.join()}] ${notice.state} ${count}${failedAt === undefined ? '' : ` since ${failedAt}`}`)

test.each<[string, readonly News[], readonly string[]]>([
  ['one delivery is one thread at every stage', [running('a', 1), running('a', 2), well('a', 3)], ['a [a] succeeded 0']],
  ['a failure stays open', [running('a', 1), failed('a', 2)], ['a [a] failed 1 since 2']],
  ['what fails again soon goes on in the same thread, and counts', [failed('a', 1), running('b', 2), failed('b', 3), failed('c', 4)], ['a [a,b,c] failed 3 since 1']],
  ['the same failure told twice counts once', [failed('a', 1), failed('a', 2)], ['a [a] failed 1 since 1']],
  ['success ends it', [failed('a', 1), running('b', 2), well('b', 3)], ['a [a,b] succeeded 1']],
  ['after the window another thread begins', [failed('a', 1), failed('b', 2 + HOUR)], ['a [a] failed 1 since 1', `b [b] failed 1 since ${2 + HOUR}`]],
  ['and success ends all of them', [failed('a', 1), failed('b', 2 + HOUR), well('c', 3 + HOUR)], ['a [a] succeeded 1', 'b [b,c] succeeded 1']],
  ['success long after ends it from a thread of its own', [failed('a', 1), well('c', 3 + HOUR)], ['a [a] succeeded 1', 'c [c] succeeded 0']],
  ['another topic is another thread', [failed('a', 1), { ...failed('b', 2), topic: 'backup' }], ['a [a] failed 1 since 1', 'b [b] failed 1 since 2']],
  ['and ends nothing of it', [failed('a', 1), { ...well('b', 2), topic: 'backup' }], ['a [a] failed 1 since 1', 'b [b] succeeded 0']],
  ['unless it says so', [failed('a', 1), { ...well('b', 2), topic: 'backup', ends: ['delivery'] }], ['a [a] succeeded 1', 'b [b] succeeded 0']],
  ['what is quiet opens nothing', [{ ...well('a', 1), quiet: true }], []],
  ['but ends what was open', [failed('a', 1), { ...well('b', 2), quiet: true }], ['a [a,b] succeeded 1']],
  ['what nobody must do something about is no incident', [{ topic: 'delivery', notice: at('a', 'failed', 'info', 1) }], ['a [a] failed 0']],
  ['and does not get into one', [failed('a', 1), { topic: 'delivery', notice: at('b', 'failed', 'info', 2) }], ['a [a] failed 1 since 1', 'b [b] failed 0']],
  ['success ends what waited for somebody, too', [{ topic: 'delivery', notice: at('a', 'waiting', 'warning', 1) }, running('b', 2), well('b', 3)], ['a [a] succeeded 0', 'b [b] succeeded 0']],
  ['what was over and comes again is told anew', [failed('a', 1), well('a', 2), failed('a', 9)], ['a [a] succeeded 1', 'a@9 [a] failed 1 since 9']],
])('%s', (_, news, threads) => {
  expect(outline(after(...news))).toEqual(threads)
})

describe('what is shown', () => {
  test('has the key of its thread, and counts', () => {
    const [thread] = after(failed('a', 1), failed('b', 60_001))
    expect(shown(thread!)).toMatchObject({ key: 'a', title: 'b failed (2 times)', facts: [['Failures', '2 within 1 min']] })
  })
  test('says who has seen it', () => {
    expect(shown({ ...after(failed('a', 1))[0]!, acknowledged: { by: 'grace' } }).facts).toEqual([['Seen by', 'grace']])
  })
  test('is no longer than channels and ledgers take', () => {
    const news: News = { topic: 't', notice: { ...at('a', 'failed', 'critical', 1), title: 'x'.repeat(900), text: '🙂'.repeat(5000), facts: Array.from({ length: 40 }, (_, n) => [`n${n}`, 'v'.repeat(900)] as const) } }
    const [thread] = after(news)
    expect(JSON.stringify(thread).length).toBeLessThan(8000)
    expect(thread!.notice.text).toMatch(/^[^\uD800-\uDFFF]*(?:[\uD800-\uDBFF][\uDC00-\uDFFF])+…$/)
  })
  test('of one that is over by another says by which', () => {
    expect(after(failed('a', 1), well('b', 2 * HOUR))[0]!.notice).toMatchObject({ state: 'succeeded', title: 'Over: a failed', text: 'b succeeded. text' })
  })
})

const channel = (id: string, least: Severity): NotifyPolicy['channels'][number] => ({ id, least, options: { name: 'webhook', url: `https://${id}.example`, headers: {} } })
const policy: NotifyPolicy = {
  channels: [channel('chat', 'info'), channel('mail', 'warning'), channel('alert', 'critical')],
  escalations: [{ afterMs: 600_000, least: 'warning', to: [channel('pager', 'warning')] }, { afterMs: 1_200_000, least: 'critical', to: [channel('boss', 'critical')] }],
  digestMs: HOUR, approvalMs: HOUR, lacking: [],
}

test.each<[Severity, readonly string[]]>([['info', ['chat']], ['warning', ['chat', 'mail']], ['critical', ['chat', 'mail', 'alert']]])('what is %s goes to its channels', (severity, ids) => {
  expect(routed(policy, severity).map(({ id }) => id)).toEqual(ids)
})

test('the next channel is the first that was not tried, those of escalations last; what is `info` waits for nobody', () => {
  expect(allChannels(policy).map(({ id }) => id)).toEqual(['chat', 'mail', 'alert', 'pager', 'boss'])
  expect(nextChannel(policy, 'warning', new Set(['chat', 'mail']))?.id).toBe('alert')
  expect(nextChannel(policy, 'critical', new Set(['chat', 'mail', 'alert']))?.id).toBe('pager')
  expect(nextChannel(policy, 'critical', new Set(['chat', 'mail', 'alert', 'pager', 'boss']))).toBeUndefined()
  expect(nextChannel(policy, 'info', new Set(['chat']))).toBeUndefined()
})

describe('escalation', () => {
  const open = (severity: Severity, ...by: readonly string[]): Told => ({ ...after({ topic: 'delivery', notice: at('a', 'failed', severity, 0) })[0]!, messages: by.map((one) => ({ channel: one, place: {}, at: 0 })) })
  test.each<[string, Told, number, readonly string[]]>([
    ['not before its time', open('warning', 'chat'), 599_999, []],
    ['at its time', open('warning', 'chat'), 600_000, ['pager']],
    ['once', open('warning', 'chat', 'pager'), 700_000, []],
    ['what is less grave than it is for, not at all', open('warning', 'pager'), 1_300_000, []],
    ['the next one at its own time', open('critical', 'pager'), 1_200_000, ['boss']],
    ['all that were missed', open('critical'), 2_000_000, ['pager', 'boss']],
  ])('%s', (_, thread, now, to) => {
    expect(due(thread, policy, now).map(({ id }) => id)).toEqual(to)
  })
  test('is for failures that are open and that nobody has acknowledged', () => {
    const threads = after(failed('a', 1), { ...failed('b', 2), topic: 'backup' }, { ...failed('c', 3), topic: 'restore' }, { ...well('d', 4), topic: 'restore' }).map((one) => (one.id === 'b' ? { ...one, acknowledged: { by: 'x' } } : one))
    expect(unseen(threads).map(({ id }) => id)).toEqual(['a'])
    expect(unseen(after(failed('a', 1), running('b', 2)))).toEqual([])
  })
  test('says for how long', () => {
    expect(escalatedNotice(open('warning'), 720_000)).toMatchObject({ key: 'a', text: 'Nobody has acknowledged this for 12 min. text', at: 720_000 })
  })
})

describe('what is kept', () => {
  const [thread] = after({ ...failed('a', 1), until: 9 })
  test('is read back as it was, and what does not fit is named', () => {
    const full = withMessage({ ...thread!, acknowledged: { by: 'grace', at: 5 } }, { channel: 'chat', place: { ts: '1' }, at: 2 })
    expect(told(JSON.parse(JSON.stringify(full)), 'told')).toEqual(full)
    expect(() => told({ ...full, messages: [{ channel: 1 }] }, 'told')).toThrow('`told.messages[0].channel` should be a text and is number')
    expect(() => told({ ...full, notice: { ...full.notice, state: 'lost' } }, 'told')).toThrow('told.notice.state')
  })
  test('of words that two runs wrote at the same time, holds what both knew', () => {
    const one = { ...withMessage(thread!, { channel: 'chat', place: { ts: '1' }, at: 2 }) }
    const other = { ...withMessage(thread!, { channel: 'mail', place: {}, at: 2 }), keys: ['a', 'b'], acknowledged: { by: 'grace' }, notice: at('b', 'failed', 'critical', 7) }
    for (const [first, second] of [[one, other], [other, one]] as const) {
      const both = together(first, second)
      expect(both).toMatchObject({ acknowledged: { by: 'grace' }, notice: { key: 'b', at: 7 } })
      expect([...both.keys].toSorted()).toEqual(['a', 'b'])
      expect(both.messages.map((message) => message.channel).toSorted()).toEqual(['chat', 'mail'])
    }
    expect(threadsOf([one, other, { ...one, id: 'z' }]).map(({ id }) => id)).toEqual(['a', 'z'])
  })
})

describe('approvals', () => {
  const waiting = (id: string, createdAt: number) => ({ id, title: 'Deliver', actor: 'ada', createdAt, url: `https://ci.example/${id}` })
  const place = { app: 'shop', environment: 'production', longerThanMs: HOUR }
  test('are told of when they wait for too long, once, and when they do no longer', () => {
    expect(approvalNews([waiting('7', 0)], [], { ...place, now: HOUR })).toEqual([])
    const late = approvalNews([waiting('7', 0), waiting('8', HOUR)], [], { ...place, now: HOUR + 1 })
    expect(late.map(({ notice: { key, state, severity } }) => [key, state, severity])).toEqual([['approval:production:7', 'waiting', 'warning']])
    const threads = after(...late)
    expect(approvalNews([waiting('7', 0)], threads, { ...place, now: 2 * HOUR })).toEqual([])
    const gone = approvalNews([], threads, { ...place, now: 2 * HOUR })
    expect(gone.map(({ notice: { key, state } }) => [key, state])).toEqual([['approval:production:7', 'succeeded']])
    expect(approvalNews([], after(...late, ...gone), { ...place, now: 3 * HOUR })).toEqual([])
  })
  test('end one by one', () => {
    const late = approvalNews([waiting('7', 0), waiting('8', 0)], [], { ...place, now: HOUR + 1 })
    const threads = after(...late, ...approvalNews([waiting('8', 0)], after(...late), { ...place, now: 2 * HOUR }))
    expect(outline(threads)).toEqual(['approval:production:8 [approval:production:8] waiting 0', 'approval:production:7 [approval:production:7] succeeded 0'])
  })
})
