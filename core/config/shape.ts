import { z } from 'zod'
import type { KeyPath } from './document.js'

/** The keys that may stand at a path of a schema. */
export function keysAt(root: z.ZodType, path: KeyPath): readonly string[] {
  return [...new Set(schemasAt([root], path).flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])))]
}

/** What the key at a path needs, when only a later version serves it. */
export function needsAt(root: z.ZodType, path: KeyPath): string | undefined {
  const needs = schemasAt([root], path).map((schema) => schema.meta()?.['needs']).find((found) => typeof found === 'string')
  return typeof needs === 'string' ? needs : undefined
}

/** What the schema at a path gives as its example, where a text that stands there does not fit; `undefined` where it fits, or nothing is known of it. */
export function exampleInstead(root: z.ZodType, path: KeyPath, text: string): unknown {
  const schemas = schemasAt([root], path)
  if (schemas.some((schema) => schema.safeParse(text).success)) return undefined
  const [example] = schemas.flatMap((schema): readonly unknown[] => [schema.meta()?.['examples']].flat())
  return example
}

function schemasAt(roots: readonly z.ZodType[], path: KeyPath): readonly z.ZodType[] {
  const here = roots.flatMap(bare)
  const [key, ...rest] = path
  if (key === undefined) return here
  return schemasAt(here.flatMap((schema) => child(schema, key)), rest)
}

function child(schema: z.ZodType, key: string | number): readonly z.ZodType[] {
  if (schema instanceof z.ZodObject) {
    // A key of the file may be named as something that every object inherits.
    return known(Object.hasOwn(schema.shape, key) ? schema.shape[key] : schema.def.catchall)
  }
  if (schema instanceof z.ZodRecord) return known(schema.valueType)
  if (schema instanceof z.ZodArray) return known(schema.element)
  return []
}

/** Without the wrappers that say only `may be absent`. */
function bare(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return known(schema.unwrap()).flatMap(bare)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(known).flatMap(bare)
  return [schema]
}

/** Zod's parts are typed more widely than they are made. */
function known(part: unknown): readonly z.ZodType[] {
  return part instanceof z.ZodType ? [part] : []
}
