/** The published JSON Schema of a deployment's payload, what reads it and what is really written say the same. */
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { remember } from '../../../core/drivers/ledger/github/memory.js'
import { deliveryPayload, ours, payloadOf, type DeliveryPayload } from '../../../core/drivers/ledger/github/payload.js'
import type { DeliveryRecord } from '../../../core/domain/history.js'
import { deliveryHistory } from '../../support/deliveries.mjs'
import { textOf } from '../../support/policy/files.js'
import { spoilings } from '../../support/spoiling.js'

const published = z.fromJSONSchema(JSON.parse(textOf('action-docs/delivery-intent.schema.json')) as Parameters<typeof z.fromJSONSchema>[0])

const reads = (value: unknown): boolean => {
  try {
    if (!ours(value)) return false
    deliveryPayload(value, 'payload')
    return true
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault
    return false
  }
}

const made: readonly DeliveryRecord[] = JSON.parse(JSON.stringify(deliveryHistory({ deliveries: 60, details: 60, hostile: true }).documents.map(({ delivery }) => delivery)))

/** Written as the driver does: each remembers those before it. */
const payloads = made.toReversed().map((delivery, place, all): unknown => {
  const before = all.slice(0, place).map(({ id, begunAt, fence, intent, result }) => ({
    id, payload: { nonce: id, fence, begunAt, intent, known: [] }, ...(result === undefined ? {} : { result }), active: place % 2 === 0,
  }))
  const { begunAt, fence, intent } = delivery
  const content: DeliveryPayload = { nonce: delivery.id, fence, begunAt, intent, known: remember(before), ...(place % 3 === 0 ? { of: '77' } : {}) }
  return JSON.parse(JSON.stringify(payloadOf(content)))
})

test('what is written fits the schema, and is read back as it was', () => {
  for (const payload of payloads) {
    expect(published.safeParse(payload).error).toBeUndefined()
    expect({ ecluse: 1, ...deliveryPayload(payload, 'payload') }).toEqual(payload)
  }
})

test('schema and reader refuse the same, whatever is spoilt', () => {
  const newest = payloads.slice(-3).map((payload) => {
    const { known, intent, ...rest } = payload as DeliveryPayload
    const result = { schema: { before: '1', after: '2' }, record: { sha256: 's', link: 'l' } }
    return { ...rest, intent: { ...intent, overruled: { reason: 'night', what: ['frozen'] } }, known: [...known.slice(-3), { ...known.at(-1)!, ...result, live: { is: intent.release }, bad: { of: '1', as: 'previous' } }] }
  })
  let count = 0
  for (const { place, spoilt } of spoilings(newest)) {
    expect([place, published.safeParse(spoilt).success]).toEqual([place, reads(spoilt)])
    count += 1
  }
  expect(count).toBeGreaterThan(300)
})

test('a newer writer may add keys', () => {
  const newer = { ...(payloads[5] as object), later: { a: 1 } }
  expect(published.safeParse(newer).success).toBe(true)
  expect(reads(newer)).toBe(true)
})
