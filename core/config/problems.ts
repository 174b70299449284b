import type { z } from 'zod'
import { closest } from '../domain/closest.js'
import type { Problem } from '../errors/families.js'
import type { KeyPath } from './document.js'
import { isMapping } from './extends.js'
import { secretKind } from './literal-secrets.js'
import { keysAt, needsAt } from './shape.js'

/** Where a path is written: in the file or in an input. */
export interface Places {
  /** Such as `ecluse.yml:12:7` or ``input `judge` ``. */
  at(path: KeyPath): string
  /** As people would write it: `environments.production.rollout.weights`. */
  name(path: KeyPath): string
  /** A text without what environment variables brought in. */
  hide(text: string): string
}

/** Every issue of a validation, in our words: where, which key, what was expected and what was found. */
export function problemsOf(error: { readonly issues: readonly z.core.$ZodIssue[] }, root: z.ZodType, value: unknown, places: Places): readonly Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(root, path, key, places))
    if (issue.code === 'invalid_key') return [wrong(path, issue.issues[0]?.message ?? 'another name', path.at(-1), places)]
    if (issue.code === 'invalid_union') return unionProblems(issue, path, root, value, places)
    return [wrong(path, expectation(issue), valueAt(value, path), places)]
  })
}

/** The branch that has the right type knows best what is wrong. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: KeyPath, root: z.ZodType, value: unknown, places: Places): readonly Problem[] {
  const fitting = issue.errors.find((branch) => branch.length > 0 && !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0))
  if (fitting === undefined) return [wrong(path, issue.message, valueAt(value, path), places)]
  return fitting.flatMap((inner): readonly Problem[] => {
    const below = [...path, ...inner.path.map((key) => (typeof key === 'symbol' ? String(key) : key))]
    if (inner.code === 'unrecognized_keys') return inner.keys.map((key) => unknownKey(root, below, key, places))
    if (inner.code === 'invalid_key') return [wrong(below, inner.issues[0]?.message ?? 'another name', below.at(-1), places)]
    return [wrong(below, expectation(inner), valueAt(value, below), places)]
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message
  const named: Readonly<Record<string, string>> = { object: 'a mapping', record: 'a mapping', array: 'a list', string: 'a text', number: 'a number', int: 'a whole number', boolean: '`true` or `false`' }
  return issue.message.startsWith('Invalid input') ? (named[issue.expected] ?? issue.expected) : issue.message
}

export function wrong(path: KeyPath, expected: string, found: unknown, places: Places): Problem {
  return {
    code: 'config-invalid',
    message: `${places.at(path)}: \`${places.name(path)}\` ${found === undefined ? 'is missing' : `is ${shown(found, path, places)}`}.`,
    fix: `Write ${expected}.`,
  }
}

function unknownKey(root: z.ZodType, path: KeyPath, key: string, places: Places): Problem {
  const known = keysAt(root, path)
  const near = closest(key, known)
  return {
    code: 'config-invalid',
    message: `${places.at([...path, key])}: \`${places.name([...path, key])}\` is not a key that exists here.`,
    fix: near === undefined ? `Use one of ${known.join(', ')}.` : `Did you mean \`${near}\`? It could be ${known.join(', ')}.`,
  }
}

/** Keys that only a later version serves. */
export function unserved(root: z.ZodType, value: unknown, path: KeyPath, places: Places): readonly Problem[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]): readonly Problem[] => {
    if (inner === undefined) return []
    const below = [...path, Array.isArray(value) ? Number(key) : key]
    const needs = needsAt(root, below)
    if (needs === undefined) return unserved(root, inner, below, places)
    return [{ code: 'config-unserved', message: `${places.at(below)}: \`${places.name(below)}\` needs ${needs}, which this version does not have.` }]
  })
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((at, key) => (Array.isArray(at) ? at[Number(key)] : isMapping(at) && Object.hasOwn(at, key) ? at[key] : undefined), value)
}

/** What was found, short, and without anything that might be a secret. */
function shown(found: unknown, path: KeyPath, places: Places): string {
  if (isMapping(found)) return Object.keys(found).length === 0 ? 'an empty mapping' : `a mapping of ${Object.keys(found).join(', ')}`
  if (Array.isArray(found) && found.some((part) => typeof part === 'object')) return 'a list'
  if (typeof found === 'string' && secretKind(String(path.at(-1)), found) !== undefined) return 'a value that is not shown'
  // Hidden first and cut then: half a secret would not be found any more.
  const text = places.hide(typeof found === 'string' ? `"${found}"` : JSON.stringify(found))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
