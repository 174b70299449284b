import { z } from 'zod'
import { fileSchema } from './schema.js'

/** The JSON Schema of `ecluse.yml`, for editors. */
export function configJsonSchema(): object {
  return { $id: 'ecluse.schema.json', ...z.toJSONSchema(fileSchema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }) }
}
