import { describe, expect, test } from '@jest/globals'
import { refusal } from '../../../core/domain/admission.js'
import type { DeliveryKind, DeliveryRecord, DeliveryResult, EnvironmentHistory } from '../../../core/domain/history.js'
import type { Release } from '../../../core/domain/release.js'

const release = (version: string): Release => ({
  app: 'shop', version, commit: '', images: { shop: `shop@sha256:${version.padStart(64, '0')}` }, serving: 'shop', settings: {}, settingsHash: '',
})
const run = { id: '1', attempt: 1, actor: 'a', workflow: 'w', job: 'j', url: '', host: 'h', pid: 1, started: '' }

function delivered(version: string, requestedAt: number, result: Partial<DeliveryResult>, kind: DeliveryKind = 'promote'): DeliveryRecord {
  return {
    id: `d${requestedAt}`, environment: 'production', begunAt: requestedAt, fence: 1, events: [],
    intent: { kind, release: release(version), plan: [], requestedAt, run },
    result: { at: requestedAt, ok: true, reason: 'promoted', message: '', ...result },
  }
}

const history = (...deliveries: DeliveryRecord[]): EnvironmentHistory => ({ environment: 'production', deliveries, facts: [] })

describe('a delivery is refused', () => {
  test('as superseded when a release asked for later is live', () => {
    expect(refusal(history(delivered('2', 200, {})), { release: release('1'), requestedAt: 100 })).toMatchObject({ reason: 'superseded' })
  })

  test('as bad when evidence spoke against it last', () => {
    const against = delivered('2', 100, { ok: false, reason: 'failed', bad: release('2') })
    expect(refusal(history(against), { release: release('2'), requestedAt: 300 })).toMatchObject({ reason: 'marked-bad' })
  })
})

describe('a delivery may go', () => {
  test.each([
    ['nothing was delivered before', history()],
    ['the later one failed', history(delivered('2', 200, { ok: false, reason: 'failed' }))],
    ['the later one was a rollback', history(delivered('2', 200, {}, 'rollback'))],
    ['it is the very release that is live', history(delivered('1', 200, {}))],
    ['it was bad once and passed since', history(delivered('1', 50, { ok: false, bad: release('1') }), delivered('1', 60, {}))],
  ])('when %s', (_, record) => {
    expect(refusal(record, { release: release('1'), requestedAt: 100 })).toBeUndefined()
  })

  test('with a reason given in force', () => {
    const bad = delivered('1', 200, { ok: false, bad: release('1') })
    expect(refusal(history(bad, delivered('2', 300, {})), { release: release('1'), requestedAt: 100, force: 'hotfix' })).toBeUndefined()
  })
})
