import type { z } from 'zod'
import type { KeyPath } from './document.js'
import { isMapping } from './extends.js'
import { exampleInstead } from './shape.js'

const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Variables that are named in a value and were not put into it. */
export function unreadIn(value: unknown): readonly string[] {
  return [...new Set([...(JSON.stringify(value) ?? '').matchAll(REFERENCE)].flatMap(([, name = '']) => name))]
}

/**
 * A value in which every key has a form that fits, also where a variable was not put in: nobody looks at that key, or its variable is missing, which is said
 * by itself. A rollback is not refused for the address of a Prometheus that it does not ask.
 */
export function withExamples(root: z.ZodType, value: unknown, path: KeyPath = []): unknown {
  if (typeof value === 'string') return unreadIn(value).length === 0 ? value : (exampleInstead(root, path, value) ?? value)
  if (Array.isArray(value)) return value.map((part: unknown, index) => withExamples(root, part, [...path, index]))
  return isMapping(value) ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withExamples(root, part, [...path, key])])) : value
}

/** An environment without its marks in charts, where a variable that they need is not set here: those are nice to have, and no reason not to go back. */
export function withoutMarks(environment: unknown): { readonly value: unknown; readonly unmarked: readonly string[] } {
  const unmarked = isMapping(environment) ? unreadIn(environment['annotate']) : []
  if (!isMapping(environment) || unmarked.length === 0) return { value: environment, unmarked }
  const { annotate: _, ...rest } = environment
  return { value: rest, unmarked }
}
