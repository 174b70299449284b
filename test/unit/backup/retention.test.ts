import { describe, expect, test } from '@jest/globals'
import { boundReceipts } from '../../../core/domain/bound-receipts.js'
import type { DeliveryRecord, EnvironmentHistory } from '../../../core/domain/history.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { newestVerified, retention, type Judged, type RetentionAsked } from '../../../core/domain/retention.js'
import { seededDice, type Dice } from '../../support/dice.mjs'
import { receipt, SHOP } from '../../support/receipts.js'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const DAY = 86_400_000
const at = (daysAgo: number, more: Partial<Receipt> = {}): Receipt => receipt({ takenAt: new Date(NOW - daysAgo * DAY).toISOString(), ...more })
const judge = (receipts: readonly Receipt[], more: Partial<RetentionAsked> = {}): readonly Judged[] =>
  retention({ receipts, owner: SHOP, archives: false, bound: new Map(), now: NOW, keep: { daily: 2, weekly: 1, monthly: 1 }, ...more })
const staying = (judged: readonly Judged[]): readonly string[] => judged.filter(({ why }) => why.length > 0).map((one) => one.receipt.id)
const whyOf = (judged: readonly Judged[], id: string): readonly string[] => judged.find((one) => one.receipt.id === id)!.why

describe('which backups go', () => {
  test('grandfather, father, son: the newest of each day, week and month, of those that have one', () => {
    const taken = ['2026-11-21T09', '2026-11-21T03', '2026-11-20T03', '2026-11-19T03', '2026-11-16T00', '2026-11-15T23', '2026-10-31T23', '2026-10-02T03', '2026-08-02T03', '2026-07-02T03']
    const judged = judge(taken.map((hour) => receipt({ id: hour, takenAt: `${hour}:00:00Z` })), { keep: { daily: 3, weekly: 2, monthly: 3 }, now: NOW + 3 * DAY })
    expect(staying(judged)).toEqual(['2026-11-21T09', '2026-11-20T03', '2026-11-19T03', '2026-11-15T23', '2026-10-31T23', '2026-08-02T03'])
    expect(whyOf(judged, '2026-11-21T09')).toEqual(['newest verified', 'newest of the day 2026-11-21', 'newest of the week 2026-11-16', 'newest of the month 2026-11'])
    expect(whyOf(judged, '2026-11-15T23')).toEqual(['newest of the week 2026-11-09'])
  })

  test('a stretch without backups takes nothing from what is kept', () => {
    expect(staying(judge([at(100, { id: 'a' }), at(101, { id: 'b' }), at(102, { id: 'c' })]))).toEqual(['a', 'b'])
  })

  test('without a policy, and without a day, week or month to keep, the newest verified stays', () => {
    const both = [at(1, { id: 'new', verified: null }), at(2, { id: 'old' })]
    expect(staying(judge(both, { keep: { daily: 0, weekly: 0, monthly: 0 } }))).toEqual(['old'])
    expect(staying(retention({ receipts: both, owner: SHOP, archives: false, bound: new Map(), now: NOW }))).toEqual(['new', 'old'])
  })

  test.each<[string, Partial<Receipt>, string]>([
    ['another application', { app: 'shop2' }, 'of the application `shop2`'],
    ['an environment whose name begins alike', { environment: 'production-eu' }, 'of the environment `production-eu`'],
    ['another database of the server', { database: { ...SHOP.database, name: 'shop_test' } }, 'of another database: `shop_test` on db:5432'],
    ['a database of that name elsewhere', { database: { ...SHOP.database, systemIdentifier: '8' } }, 'of another database: `shop` on db:5432'],
    ['the archiver', { kind: 'archive' }, 'kept by pgBackRest'],
    ['tomorrow', { takenAt: '2026-11-22T12:00:00.000Z' }, 'of 2026-11-22T12:00:00.000Z, which is to come: some clock is wrong'],
    ['no time at all', { takenAt: 'then' }, 'its time can not be read'],
  ])('one of %s stays, and takes nobody\'s place', (_, change, why) => {
    const strange = at(1, { id: 'strange', ...change })
    const judged = judge([strange, ...[2, 3, 4, 50].map((day) => at(day, { id: `day-${day}` }))])
    expect(whyOf(judged, 'strange')).toEqual([why])
    expect(staying(judged).filter((id) => id !== 'strange')).toEqual(staying(judge([2, 3, 4, 50].map((day) => at(day, { id: `day-${day}` })))))
  })

  test('the address moved: the same database all the same, unless the server does not say who it is', () => {
    const moved = { ...SHOP.database, host: 'standby', port: 5433 }
    const anonymous = { ...SHOP, database: { ...SHOP.database, systemIdentifier: '' } }
    expect(whyOf(judge([at(0, { id: 'now' }), at(80, { id: 'moved', database: moved })], { keep: { daily: 1, weekly: 0, monthly: 0 } }), 'moved')).toEqual([])
    const judged = judge([at(80, { id: 'moved', database: { ...moved, systemIdentifier: '' } })], { owner: anonymous, keep: { daily: 0, weekly: 0, monthly: 0 } })
    expect(whyOf(judged, 'moved')).toEqual(['of another database: `shop` on standby:5433'])
  })

  test('what is needed stays, and what was taken before a restore for 30 days', () => {
    const none = { daily: 1, weekly: 0, monthly: 0 }
    const judged = judge([at(0, { id: 'now' }), at(200, { id: 'bound' }), at(29, { id: 'young', takenFor: 'restore' }), at(31, { id: 'old', takenFor: 'restore' })], { keep: none, bound: new Map([['bound', 'taken for 1.4.0, which is live']]) })
    expect(staying(judged)).toEqual(['now', 'young', 'bound'])
  })

  test('a verified one of the last 48 hours stays for the delivery that may wait with it', () => {
    const none = { daily: 1, weekly: 0, monthly: 0 }
    const judged = judge([at(0, { id: 'now' }), at(0.1, { id: 'waiting' }), at(0.2, { id: 'unproven', verified: null }), at(0.3, { id: 'unproven too', verified: null }), at(1.9, { id: 'young' }), at(2.1, { id: 'old' })], { keep: none })
    expect(staying(judged)).toEqual(['now', 'waiting', 'unproven', 'young'])
    expect(whyOf(judged, 'waiting')).toEqual(['verified in the last 48 hours: a delivery that waits may need it'])
  })

  test('where nothing can be decided all stay, and say the true why', () => {
    const judged = judge([at(3, { id: 'a' }), at(4, { id: 'b' })], { undecided: 'the record does not say what is live' })
    expect(whyOf(judged, 'b')).toEqual(['the record does not say what is live'])
  })

  test('two receipts with one id, or one object, are not understood, so they stay', () => {
    const judged = judge([at(0, { id: 'now' }), at(200, { id: 'twin', object: 'a' }), at(201, { id: 'twin', object: 'b' }), at(202, { id: 'c', object: 'same' }), at(203, { id: 'd', object: 'same' })], { keep: { daily: 1, weekly: 0, monthly: 0 } })
    expect(staying(judged)).toHaveLength(5)
  })
})

describe('whatever there is', () => {
  const random = (dice: Dice): Receipt => receipt({
    id: dice.chance(0.02) ? 'twin' : dice.hex(8),
    takenAt: dice.chance(0.02) ? dice.pick(['', 'soon']) : new Date(NOW - dice.whole(-3, 700) * DAY + dice.whole(0, DAY)).toISOString(),
    app: dice.pick(['shop', 'shop', 'shop', 'shop', 'shop2']), environment: dice.pick(['production', 'production', 'production', 'staging']),
    database: { ...SHOP.database, systemIdentifier: dice.pick(['7', '7', '7', '8']), name: dice.pick(['shop', 'shop', 'shop', 'shop_old']) },
    verified: dice.chance(0.7) ? receipt({}).verified : null,
    ...(dice.chance(0.1) ? { takenFor: 'restore' as const } : {}), ...(dice.chance(0.1) ? { kind: 'archive' as const } : {}),
  })

  test.each(Array.from({ length: 200 }, (_, seed) => seed))('what must stay does, and no more goes than may (%d)', (seed) => {
    const dice = seededDice(seed)
    const receipts = Array.from({ length: dice.whole(0, 60) }, () => random(dice))
    const keep = { daily: dice.whole(0, 9), weekly: dice.whole(0, 6), monthly: dice.whole(0, 14) }
    const bound = new Map(receipts.filter(() => dice.chance(0.05)).map(({ id }) => [id, 'needed']))
    const judged = judge(receipts, { keep, bound })
    const gone = judged.filter(({ why }) => why.length === 0).map((one) => one.receipt)
    expect(judged.map((one) => one.receipt.takenAt + one.receipt.id + one.receipt.object).toSorted()).toEqual(receipts.map(({ takenAt, id, object }) => takenAt + id + object).toSorted())
    for (const { id, app, environment, database, kind, takenAt } of gone) {
      expect([app, environment, database.systemIdentifier, database.name, kind]).toEqual(['shop', 'production', '7', 'shop', receipt({}).kind])
      expect([bound.has(id), id === 'twin' && receipts.filter((other) => other.id === 'twin').length > 1, Date.parse(takenAt) <= NOW]).toEqual([false, false, true])
    }
    const newest = newestVerified(receipts.filter(({ id }) => id !== 'twin'), SHOP, NOW)
    expect(newest !== undefined && gone.includes(newest)).toBe(false)
    // Judging again what stayed lets nothing more go.
    const left = receipts.filter((one) => !gone.includes(one))
    expect(staying(judge(left, { keep, bound })).length).toBe(left.length)
    // Of what was verified, as many days as the policy says.
    const ours = receipts.filter((one) => judged.every(({ receipt: other, why }) => other !== one || !why.some((reason) => /^(of|kept|its|another)/.test(reason))) && one.verified !== null && one.takenFor === undefined)
    const days = [...new Set(ours.map(({ takenAt }) => takenAt.slice(0, 10)))].toSorted().toReversed().slice(0, keep.daily)
    for (const day of days) expect(left.some((one) => ours.includes(one) && one.takenAt.startsWith(day))).toBe(true)
  })
})

describe('receipts that a delivery needs', () => {
  const release = (version: string): DeliveryRecord['intent']['release'] => ({ app: 'shop', version, commit: '', images: {}, serving: '', settings: {}, settingsHash: '' })
  const run = { id: '1', attempt: 1, actor: '', workflow: '', job: '', url: '', host: '', pid: 1, started: '' }
  const delivery = (version: string, more: { readonly receipt?: string; readonly previous?: string; readonly live?: string; readonly kind?: 'promote' | 'rollback'; readonly open?: true; readonly failed?: true }): DeliveryRecord => ({
    id: version, environment: 'production', begunAt: 0, fence: 1, events: [],
    intent: { kind: more.kind ?? 'promote', release: release(version), plan: [], requestedAt: 0, run, ...(more.receipt === undefined ? {} : { receipt: more.receipt }), ...(more.previous === undefined ? {} : { previous: release(more.previous) }) },
    ...(more.open === true ? {} : { result: { at: 0, ok: more.failed !== true, reason: more.failed === true ? 'rejected' : 'promoted', message: '', live: release(more.live ?? version) } }),
  })
  const history = (deliveries: readonly DeliveryRecord[], cut?: boolean): EnvironmentHistory => ({ environment: 'production', deliveries, facts: [], ...(cut === undefined ? {} : { cut }) })

  test('are those of what is live, of the way back, and of what is under way', () => {
    const bound = boundReceipts(history([
      delivery('1', { receipt: 'r1' }), delivery('2', { receipt: 'r2', previous: '1' }), delivery('3', { receipt: 'r3', previous: '2' }), delivery('4', { receipt: 'r4', previous: '3', open: true }),
    ]))!
    expect([...bound.keys()].toSorted()).toEqual(['r2', 'r3', 'r4'])
    expect(bound.get('r3')).toContain('which is live')
  })

  test('after a rollback, also that of the release that was left', () => {
    const bound = boundReceipts(history([delivery('1', { receipt: 'r1' }), delivery('2', { receipt: 'r2', previous: '1' }), delivery('1', { kind: 'rollback', previous: '2' })]))!
    expect([...bound.keys()].toSorted()).toEqual(['r1', 'r2'])
  })

  test('after a delivery that failed, still that of the way back from what is live', () => {
    const bound = boundReceipts(history([
      delivery('1', { receipt: 'r1' }), delivery('2', { receipt: 'r2', previous: '1' }), delivery('3', { receipt: 'r3', previous: '2', live: '2', failed: true }), delivery('2', { previous: '2', failed: true }),
    ]))!
    expect([...bound]).toEqual([['r1', 'taken for 1, which a rollback goes back to'], ['r2', 'taken for 2, which is live']])
  })

  test('are not known where the record does not say what is live', () => {
    expect(boundReceipts(history([]))).toEqual(new Map())
    expect(boundReceipts(history([], true))).toBeUndefined()
  })
})
