import type { Fingerprint } from './receipt.js'

/** Every object of a schema → a short hash of its definition; says *which* object differs where `Fingerprint.schema` says that one does. */
export type Outline = Readonly<Record<string, string>>

/** After the name of a table of an extension, of which a dump has only what the extension did not bring. */
export const OWN_ROWS = ' (without what its extension brings)'

export interface Difference {
  readonly kind: 'schema' | 'rows' | 'sequence' | 'extension' | 'large-objects' | 'checksum'
  readonly name: string
  /** In the first database; empty when it is not there. */
  readonly first: string
  readonly second: string
}

/**
 * What two databases differ in. A sequence obeys no snapshot, so one that moved while the dump was taken may come back
 * anywhere between its value at the start (in `first`) and at the end (in `until`).
 */
export function compareFingerprints(first: Fingerprint, second: Fingerprint, until: Fingerprint['sequences'] = first.sequences): readonly Difference[] {
  return [
    ...(first.schema === second.schema ? [] : [{ kind: 'schema' as const, name: 'all of it', first: first.schema.slice(0, 12), second: second.schema.slice(0, 12) }]),
    ...unequalTables('rows', first.rows, second.rows),
    // Once taken, they are to be taken of the other as well: unknown is not equal.
    ...(first.checksums === undefined ? [] : unequalTables('checksum', first.checksums, second.checksums ?? {})),
    ...unequal('sequence', first.sequences, second.sequences).filter((difference) => !reached(difference, until)),
    ...unequal('extension', presence(first.extensions), presence(second.extensions)),
    ...(first.largeObjects === second.largeObjects
      ? []
      : [{ kind: 'large-objects' as const, name: 'count', first: String(first.largeObjects), second: String(second.largeObjects) }]),
  ]
}

/** Fingerprints of older versions have the whole of such a table, under its name alone: what can't be compared says nothing. */
function unequalTables(kind: Difference['kind'], first: Readonly<Record<string, string | number>>, second: Readonly<Record<string, string | number>>): readonly Difference[] {
  const older = ({ name, second: value }: Difference): boolean => (value === '' ? Object.hasOwn(second, name + OWN_ROWS) : name.endsWith(OWN_ROWS) && Object.hasOwn(first, name.slice(0, -OWN_ROWS.length)))
  return unequal(kind, first, second).filter((difference) => (difference.first !== '' && difference.second !== '') || !older(difference))
}

/** Which objects of the schema differ. */
export function compareOutlines(first: Outline, second: Outline): readonly Difference[] {
  return unequal('schema', first, second)
}

/** Extensions that came back in another version: a restore takes the one the server offers. Worth saying, no fault of the backup. */
export function changedVersions(first: Fingerprint, second: Fingerprint): readonly Difference[] {
  return unequal('extension', first.extensions, second.extensions).filter((difference) => difference.first !== '' && difference.second !== '')
}

function unequal(kind: Difference['kind'], first: Readonly<Record<string, string | number>>, second: Readonly<Record<string, string | number>>): readonly Difference[] {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])].toSorted()
  return names
    .map((name) => ({ kind, name, first: String(own(first, name)), second: String(own(second, name)) }))
    .filter((difference) => difference.first !== difference.second)
}

function own(values: Readonly<Record<string, string | number>>, name: string): string | number {
  return Object.hasOwn(values, name) ? values[name]! : ''
}

function presence(extensions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(extensions).map((name) => [name, 'installed']))
}

function reached(difference: Difference, until: Fingerprint['sequences']): boolean {
  const end = Object.hasOwn(until, difference.name) ? until[difference.name]! : ''
  if (difference.first === '' || difference.second === '' || end === '' || end === difference.first) return false
  const [from, to, seen] = [lastValue(difference.first), lastValue(end), lastValue(difference.second)]
  return from <= to ? from <= seen && seen <= to : to <= seen && seen <= from
}

function lastValue(value: string): bigint {
  const digits = /^-?\d+/.exec(value)?.[0]
  return BigInt(digits ?? '0')
}
