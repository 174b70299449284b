const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_][\w$]*)`
const WORDS = String.raw`(?: varying| precision)?(?:\(\d+(?:,\s*-?\d+)?\))?(?: with(?:out)? time zone)?(?:\[\])*`
const CAST = new RegExp(`::${NAME}(?:\\.${NAME})?${WORDS}`, 'g')

/**
 * An expression as the server wrote it out, without what changes when it is read in again: a check
 * `status IN ('a', 'b')` on a varchar comes back with the cast on each element instead of on the array. Casts,
 * parentheses and blanks go; two copies of one database agree on what is left.
 */
export function stableExpression(written: string): string {
  return written.replaceAll(CAST, '').replaceAll(/[()\s]+/g, '')
}
