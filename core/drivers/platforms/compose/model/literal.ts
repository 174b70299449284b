/** What a compose document is made of, once it is read. */
export type Json = string | number | boolean | null | readonly Json[] | Fields
export interface Fields {
  readonly [key: string]: Json
}

/**
 * What `docker compose config` printed, as the texts that it means: it doubles every `$`, in keys as well, so that its output
 * can be read as a compose file again.
 */
export function literalOf(value: unknown): Json {
  if (typeof value === 'string') return unescaped(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(literalOf)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [unescaped(key), literalOf(entry)]))
}

/** The other way: compose fills variables into values only, so keys stay as they are. */
export function writtenOf(value: Json): Json {
  if (typeof value === 'string') return escaped(value)
  if (isList(value)) return value.map(writtenOf)
  return isFields(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, writtenOf(entry)])) : value
}

export function escaped(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function unescaped(text: string): string {
  return text.replaceAll('$$', '$')
}

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !isList(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** The object under a key; empty when there is none. */
export function fieldsOf(value: Json | undefined): Fields {
  return isFields(value) ? value : {}
}

export function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

export function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((entry) => typeof entry === 'string')
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Without these keys. */
export function without(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)))
}
