import { describe, expect, it } from '@jest/globals'
import type { DeliveryIntent, DeliveryResult } from '../../../core/domain/history.js'
import type { Status } from '../../../core/drivers/ledger/github/deployments.js'
import { describe as written, LONGEST } from '../../../core/drivers/ledger/github/description.js'
import { describeResult, fold } from '../../../core/drivers/ledger/github/fold.js'
import { recalled, remember, type Remembered } from '../../../core/drivers/ledger/github/memory.js'
import { deliveryPayload, payloadOf, type DeliveryPayload } from '../../../core/drivers/ledger/github/payload.js'
import { aRelease, aResult, anIntent } from '../../contract/ledger/intents.js'
import { aRun } from '../../contract/ledger/surroundings.js'

const run = aRun('1', 'here', 1)
const intent: DeliveryIntent = anIntent(run, '1')
const FENCE = 10
let next = 1
const status = (description: string, state = 'in_progress', logUrl = ''): Status => ({ id: next++, state, description, logUrl, createdAt: 0 })
const doing = (verb: 'shift' | 'abandon', at: number, by?: number): string => written({ kind: 'event', event: { type: 'doing', at, verb }, ...(by === undefined ? {} : { by }) }, at)
const ending = (result: DeliveryResult, by?: number): readonly Status[] => {
  const lines = describeResult(result, intent, by)
  return lines.map((line, place) => status(line, place === lines.length - 1 ? (result.ok ? 'success' : 'failure') : 'in_progress', result.record?.link))
}
const folded = (...statuses: readonly Status[]): ReturnType<typeof fold> => fold(statuses, { fence: FENCE, intent })

describe('statuses', () => {
  it.each<DeliveryResult>([
    aResult(9),
    aResult(9, { live: aRelease('0'), bad: aRelease('1'), ok: false, reason: 'failed' }),
    aResult(9, { live: aRelease('7'), bad: aRelease('8'), schema: { before: 'a', after: 'b' } }),
    aResult(9, { schema: { before: 'x'.repeat(90), after: 'y'.repeat(90) } }),
    aResult(9, { record: { sha256: 'ab'.repeat(32), link: 'https://ci.example/1' } }),
    aResult(9, { live: { ...aRelease('1'), commit: 'c'.repeat(40) } }),
  ])('tell a result whole, by more than one where it does not fit: %j', (result) => {
    const statuses = ending(result)
    expect(statuses.length).toBeLessThanOrEqual(6)
    for (const { description } of statuses) expect(description.length).toBeLessThanOrEqual(LONGEST)
    expect(folded(...statuses).result).toEqual(result)
    expect(folded(...statuses).active).toBe(result.ok)
  })

  it('written twice count once', () => {
    const again = doing('shift', 1)
    expect(folded(status(again), status(again), ...ending(aResult(9))).events).toHaveLength(1)
  })

  it('of somebody else are passed over, and an `inactive` of anybody ends what was active', () => {
    const all = [status('Deployment went live', 'success'), ...ending(aResult(9)), status('', 'inactive')]
    expect(folded(...all)).toMatchObject({ events: [], result: { reason: 'deployed' }, active: false })
    expect(folded(status('Deployment went live', 'success')).active).toBe(false)
  })

  it('after the first result change nothing, and those of an owner who was taken over are not believed', () => {
    const late = [doing('shift', 1), doing('abandon', 2, 11), doing('shift', 3)].map((line) => status(line))
    const all = [...late, ...ending(aResult(4, { ok: false, reason: 'healed-went-back' }), 11), status(doing('shift', 5)), ...ending(aResult(6))]
    expect(folded(...all)).toMatchObject({ events: [{ at: 1 }, { at: 2 }], result: { reason: 'healed-went-back' } })
  })

  it('that name a release which is told nowhere are refused', () => {
    const [, ...last] = ending(aResult(9, { live: aRelease('7') })).slice(-2)
    expect(() => folded(...last)).toThrow('is not told')
    const parts = ending(aResult(9, { live: aRelease('7'), bad: aRelease('8'), schema: { before: 'x'.repeat(300), after: 'y' } }))
    expect(() => folded(...parts.slice(1))).toThrow('not complete')
  })
})

describe('what a delivery remembers of those before it', () => {
  const entry = (id: number, result?: DeliveryResult): Remembered => {
    const payload: DeliveryPayload = { nonce: `n${id}`, fence: id, begunAt: id, intent: anIntent(run, String(id)), known: [] }
    return { id: String(id), payload, active: false, ...(result === undefined ? {} : { result }) }
  }

  it('is read back with the releases that other deliveries tell', () => {
    const before = [
      entry(1, aResult(1, { live: aRelease('1') })),
      entry(2, aResult(2, { ok: false, reason: 'failed', live: aRelease('1'), bad: aRelease('2'), schema: { before: '1', after: '2' } })),
      entry(3),
      entry(4, aResult(4, { live: aRelease('9'), record: { sha256: 'ab', link: 'x' } })),
    ]
    const known = remember(before)
    expect(known.map(({ id }) => id)).toEqual(['1', '2', '4'])
    expect(JSON.stringify(known).length).toBeLessThan(1500)
    const intents = new Map(before.map(({ id, payload }) => [id, payload.intent]))
    for (const one of known) expect(recalled(one, (id) => intents.get(id))).toEqual(before.find(({ id }) => id === one.id)!.result)
    expect(recalled(known[0]!, () => undefined)).toBeUndefined()
  })

  it('is bounded, and the newest stay', () => {
    const many = Array.from({ length: 500 }, (_, index) => entry(index + 1, aResult(index, { message: 'm'.repeat(5000), live: aRelease(`other-${index}`) })))
    const known = remember(many)
    expect(known.length).toBeLessThanOrEqual(60)
    expect(known.at(-1)?.id).toBe('500')
    expect(JSON.stringify(known).length).toBeLessThan(45_000)
  })

  it('goes through JSON and its decoder', () => {
    const { payload } = entry(5)
    const whole = { ...payload, known: remember([entry(1, aResult(1))]) }
    expect(deliveryPayload(JSON.parse(JSON.stringify(payloadOf(whole))), 'payload')).toEqual(whole)
  })
})
