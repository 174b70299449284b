/** The published JSON Schemas, the decoder and what is really written say the same. */
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { recordJsonSchemas } from '../../../core/config/record-schemas/index.js'
import { deliveriesJson } from '../../../core/domain/dashboard/exports/json.js'
import { decodeDocument, documentText } from '../../../core/domain/delivery-document-decode.js'
import type { DeliveryDocument } from '../../../core/domain/delivery-document.js'
import { deliveryHistory } from '../../support/deliveries.mjs'
import { filesBelow, textOf } from '../../support/policy/files.js'
import { spoilings } from '../../support/spoiling.js'
import { madeModel, modelOf } from './lab.js'

const published = (file: string): z.ZodType => z.fromJSONSchema(JSON.parse(textOf(`action-docs/${file}`)) as Parameters<typeof z.fromJSONSchema>[0])
const documentSchema = published('delivery-document.schema.json')
const decodes = (value: unknown): boolean => {
  try {
    decodeDocument(JSON.stringify(value), 'record')
    return true
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault
    return false
  }
}

const made = deliveryHistory({ deliveries: 60, details: 60, hostile: true }).documents
/** Every form of every part is in one of them, and none is longer than it must be. */
const samples = made.slice(0, 12).map((document): DeliveryDocument => ({
  ...document,
  polls: document.polls.filter(({ sample }, index) => index < 2 || sample.kind === 'no-data').slice(0, 3).map((poll) => (poll.sample.kind === 'sample' ? { ...poll, sample: { ...poll.sample, synthetic: true } } : poll)),
  delivery: {
    ...document.delivery,
    intent: { ...document.delivery.intent, overruled: { reason: 'night', what: ['frozen'] } },
    result: { ...document.delivery.result!, schema: { before: '1', after: '2' }, record: { sha256: 's', link: 'l' } },
  },
}))

test('files in action-docs are those that are made', () => {
  const schemas = recordJsonSchemas()
  expect(filesBelow('action-docs')).toEqual(expect.arrayContaining(Object.keys(schemas).map((file) => `action-docs/${file}`)))
  for (const [file, schema] of Object.entries(schemas)) expect(JSON.parse(textOf(`action-docs/${file}`))).toEqual(JSON.parse(JSON.stringify(schema)))
})

test('what is written fits, and is read back as it was', () => {
  for (const document of made) {
    const text = documentText(document)
    expect(documentSchema.safeParse(JSON.parse(text)).success).toBe(true)
    expect(documentText(decodeDocument(text, 'record'))).toHaveLength(text.length)
    expect(decodeDocument(text, 'record')).toEqual(JSON.parse(text))
  }
  const exported = published('deliveries.schema.json')
  for (const model of [madeModel({ deliveries: 200, hostile: true }), madeModel({ deliveries: 40, inFlight: false }), modelOf([])]) {
    expect(exported.safeParse(JSON.parse(deliveriesJson(model))).error).toBeUndefined()
  }
})

test('schema and decoder refuse the same, whatever is spoilt', () => {
  let count = 0
  for (const { place, spoilt } of spoilings(samples)) {
    expect([place, documentSchema.safeParse(spoilt).success]).toEqual([place, decodes(spoilt)])
    count += 1
  }
  expect(count).toBeGreaterThan(700)
})

test('a newer writer may add keys', () => {
  const [document] = made
  const newer = { ...document!, later: 1, delivery: { ...document!.delivery, more: { a: 1 } } }
  expect(documentSchema.safeParse(newer).success).toBe(true)
  expect(decodeDocument(JSON.stringify(newer), 'record')).toEqual(JSON.parse(JSON.stringify(document)))
})

test.each([['', 'is not JSON'], ['{', 'is not JSON'], ['[]', '`record` should be an object'], ['{"v":2}', '`record.v` should be 1 and is 2'], ['{}', '`record.v` should be 1 and is not there']])('a text like %j is refused: %s', (text, why) => {
  expect(() => decodeDocument(text, 'record')).toThrow(why)
})
