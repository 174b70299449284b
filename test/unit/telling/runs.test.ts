import { describe, expect, test } from '@jest/globals'
import { reasons as backup } from '../../../actions/db-backup/outcome.js'
import { reasons as promote } from '../../../actions/canary-promote/outcome.js'
import { reasons as restore } from '../../../actions/db-restore/outcome.js'
import { reasons as rollback } from '../../../actions/rollback/outcome.js'
import type { DeliveryEvent, DeliveryIntent } from '../../../core/domain/history.js'
import { begun, finished, overdue, stage } from '../../../core/domain/telling/deliveries.js'
import { gravityOf } from '../../../core/domain/telling/gravity.js'
import { runBegins, runEnded } from '../../../core/domain/telling/runs.js'
import { backupSubject, deliverySubject, reconcileSubject, restoreSubject, watchSubject } from '../../../core/domain/telling/subjects.js'
import { aRelease } from '../../contract/ledger/intents.js'
import { aRun } from '../../contract/ledger/surroundings.js'

const run = aRun('7', 'here', 1)
const shop = { app: 'shop', name: 'production' }
const timed = { now: 1000, withinMs: 60_000 }

test.each<[string, string, string, string]>([
  ['canary-promote', 'failed', 'failed', 'warning'], ['canary-promote', 'held', 'waiting', 'warning'], ['canary-promote', 'stuck', 'failed', 'critical'],
  ['canary-promote', 'superseded', 'failed', 'info'], ['canary-promote', 'preempted', 'failed', 'info'], ['canary-promote', 'cancelled', 'failed', 'warning'],
  ['canary-promote', 'lease-held', 'failed', 'warning'], ['rollback', 'checks-failed', 'failed', 'critical'], ['rollback', 'nothing-to-roll-back', 'failed', 'critical'],
  ['rollback', 'just-rolled-back', 'failed', 'info'], ['db-backup', 'too-old', 'failed', 'warning'], ['db-backup', 'none-verified', 'failed', 'critical'],
  ['db-restore', 'checks-failed', 'failed', 'critical'], ['db-restore', 'no-backup', 'failed', 'warning'], ['reconcile', 'not-healed', 'failed', 'critical'],
])('%s that ends with %s is %s, %s', (action, reason, state, severity) => {
  expect(gravityOf(action, false, reason)).toEqual({ state, severity })
})

test('what is named in a list of gravity is a reason that an action has', () => {
  const known = new Set([backup, promote, restore, rollback].flatMap((one) => Object.keys(one)))
  const unusual = [...known].filter((reason) => ['canary-promote', 'rollback', 'db-backup', 'db-restore'].some((action) => gravityOf(action, false, reason).severity !== 'warning'))
  expect(unusual).toEqual(expect.arrayContaining(['stuck', 'preempted', 'superseded', 'just-rolled-back', 'already-there', 'none-verified', 'backup-missing', 'swap-failed', 'archive-broken', 'mismatch']))
})

describe('a run', () => {
  test('is told of from its beginning where nothing else does, with the time at which it is lost', () => {
    const subject = backupSubject('backup', shop, run, timed)
    expect(runBegins(subject, 5)).toMatchObject({ topic: 'backup', until: 1000 + 60_000 + 900_000, notice: { state: 'running', severity: 'info', title: 'Backup of production is under way', link: 'https://ci.example/7', facts: [['Run', '7 by ada']] } })
    expect(deliverySubject('canary-promote', shop, run, 'v2').until).toBeUndefined()
    expect(reconcileSubject(shop, run).until).toBeUndefined()
  })

  test('ends under the key that it began with', () => {
    for (const subject of [backupSubject('backup', shop, run, timed), restoreSubject('in-place', shop, run, timed)]) {
      expect(runEnded(subject, { ok: false, reason: 'error', message: 'm' }, 9)?.notice.key).toBe(runBegins(subject, 5).notice.key)
    }
  })

  test.each<[string, Parameters<typeof runEnded>[0], boolean, string, unknown]>([
    ['a proven backup ends what was too old', backupSubject('backup', shop, run, timed), true, 'verified', { topic: 'backup', ends: ['backup-age'], notice: { state: 'succeeded' } }],
    ['a backup that nobody has restored does not', backupSubject('backup', shop, run, timed), true, 'unverified', { topic: 'backup', ends: [] }],
    ['a copy beside the database is another thing than the database', restoreSubject('new', shop, run, timed), true, 'restored', { topic: 'restore-copy' }],
    ['nothing to watch is not all well', watchSubject(shop, run), true, 'nothing-to-watch', undefined],
    ['nor is a watch by somebody else', watchSubject(shop, run), true, 'watched-elsewhere', undefined],
    ['another release that serves is told of by its delivery', watchSubject(shop, run), false, 'released-again', undefined],
    ['a look that finds all well is quiet', backupSubject('check', shop, run, timed), true, 'recent', { topic: 'backup-age', quiet: true }],
    ['a look that does not is one thing, whichever run looks', backupSubject('check', shop, aRun('8', 'there', 2), timed), false, 'too-old', { notice: { key: 'backup-old:production', state: 'failed' } }],
    ['a refusal of a delivery has its version', deliverySubject('deploy-staging', shop, run, 'v2'), false, 'frozen', { topic: 'delivery', notice: { title: 'Deployment of v2 to production failed: frozen', facts: [['Version', 'v2'], ['Run', '7 by ada']] } }],
    ['a delivery that went well has told it itself', deliverySubject('rollback', shop, run), true, 'rolled-back', { quiet: true, notice: { title: 'Rollback in production: rolled-back' } }],
    ['a dry run is nothing to tell', deliverySubject('rollback', shop, run), true, 'planned', undefined],
  ])('%s', (_, subject, ok, reason, news) => {
    const told = runEnded(subject, { ok, reason, message: 'm' }, 9)
    if (news === undefined) expect(told).toBeUndefined()
    else expect(told).toMatchObject(Object(news))
  })

  test('that has not said its end is lost when its time is over', () => {
    const { notice, topic, until } = runBegins(restoreSubject('in-place', shop, run, timed), 5)
    const thread = { id: notice.key, keys: [notice.key], topic, notice, count: 0, messages: [], until: until! }
    expect(overdue([thread], until! - 1)).toEqual([])
    expect(overdue([thread], until! + 1)).toMatchObject([{ topic: 'restore', notice: { key: notice.key, state: 'failed', severity: 'warning' } }])
    expect(overdue([{ ...thread, notice: { ...notice, state: 'succeeded' } }], until! + 1)).toEqual([])
  })
})

describe('a delivery', () => {
  const intent: DeliveryIntent = { kind: 'promote', release: aRelease('2'), previous: aRelease('1'), plan: [], requestedAt: 1, run, receipt: 'r-1', overruled: { reason: 'it is on fire', what: ['frozen'] } }
  const delivery = { id: 'd', environment: 'production', begunAt: 1, intent }
  test('begins with what served before, its backup and what was overruled', () => {
    expect(begun(delivery).notice).toMatchObject({ key: 'd', title: 'Promoting: 2 in production', text: '1 serves. Refusals were overruled: "it is on fire".', facts: [['Version', '2'], ['Before', '1'], ['Backup', 'r-1'], ['Run', '7 by ada']] })
  })
  test.each<[DeliveryEvent, string | undefined]>([
    [{ type: 'doing', at: 2, verb: 'shift', weight: 25 }, '2 gets 25 % of the traffic.'],
    [{ type: 'doing', at: 2, verb: 'abandon', detail: 'failed' }, 'The candidate goes (failed).'],
    [{ type: 'doing', at: 2, verb: 'restore', detail: 'wrong-version' }, '1 is brought back (wrong-version).'],
    [{ type: 'verdict', at: 2, weight: 5, decision: 'FAIL', lean: 'bad', requests: 90, errors: 9, detail: '' }, 'At 5 % of the traffic: FAIL, 9 of 90 requests bad.'],
    [{ type: 'verdict', at: 2, weight: 5, decision: 'INCONCLUSIVE', lean: 'ok', requests: 0, errors: 0, detail: '' }, 'At 5 % of the traffic: INCONCLUSIVE, no request was measured.'],
    [{ type: 'observed', at: 2, detail: 'x' }, undefined],
  ])('is told at each stage: %j', (event, text) => {
    expect(stage(delivery, event)?.notice.text).toBe(text)
  })
  test('ends with its reason, and says when another run had to close it', () => {
    const end = (ok: boolean, reason: string) => finished(delivery, { at: 9, ok, reason, message: 'm', live: aRelease('1') }).notice
    expect(end(true, 'promoted')).toMatchObject({ state: 'succeeded', title: 'Promoted: 2 in production' })
    expect(end(false, 'held')).toMatchObject({ state: 'waiting', title: 'Promotion waits for somebody: 2 in production' })
    expect(end(false, 'healed-went-back')).toMatchObject({ state: 'failed', severity: 'warning', title: 'Promotion lost its runner: 2 in production', facts: expect.arrayContaining([['Reason', 'healed-went-back'], ['Serves now', '1']]) })
  })
})
