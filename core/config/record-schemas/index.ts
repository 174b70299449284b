import { z } from 'zod'
import { deliveriesSchema } from './deliveries.js'
import { deliveryDocumentSchema } from './delivery-document.js'
import { deliveryIntentSchema } from './delivery-intent.js'

/** JSON Schemas of what we write and others read, by their file names. A reader must pass over keys that it does not know. */
export function recordJsonSchemas(): Readonly<Record<string, object>> {
  const schemas = { 'delivery-intent.schema.json': deliveryIntentSchema, 'delivery-document.schema.json': deliveryDocumentSchema, 'deliveries.schema.json': deliveriesSchema }
  return Object.fromEntries(Object.entries(schemas).map(([file, schema]) => [file, { $id: file, ...z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) }]))
}
