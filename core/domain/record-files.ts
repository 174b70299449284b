import { decodeDocument } from './delivery-document-decode.js'
import type { DeliveryDocument } from './delivery-document.js'

/** How full records are laid out as files, whatever holds these: `<environment>/<delivery>.json`. */
const SUFFIX = '.json'
/** So much of a hash tells two records of one delivery apart. */
const HASH = 12

/** A name of any environment or delivery as one part of a path. */
function part(name: string): string {
  return encodeURIComponent(name.replaceAll(/\p{Surrogate}/gu, '\u{fffd}')).replace(/^\./, '%2E').replaceAll('~', '%7E')
}

export function folderOf(environment: string): string {
  return part(environment)
}

/** `sha256`: of a second record of the same delivery. */
export function fileOf(delivery: string, sha256?: string): string {
  return `${part(delivery)}${sha256 === undefined ? '' : `~${sha256.slice(0, HASH)}`}${SUFFIX}`
}

/** The delivery whose record a file is; `undefined` for any other file. */
export function deliveryIn(name: string): string | undefined {
  if (!name.endsWith(SUFFIX) || name.startsWith('.')) return undefined
  try {
    return decodeURIComponent(name.slice(0, -SUFFIX.length).replace(/~[0-9a-f]{12}$/, ''))
  } catch {
    return undefined
  }
}

/** Ids begin with their time, or are numbers that grow. */
export function byAge(a: string, b: string): number {
  const numbers = /^\d+$/.test(a) && /^\d+$/.test(b)
  if (numbers && a.length !== b.length) return a.length - b.length
  return a === b ? 0 : a < b ? -1 : 1
}

/** The files of each delivery, the youngest delivery first. */
export function filesByAge(names: readonly string[]): readonly { readonly delivery: string; readonly names: readonly string[] }[] {
  const found = new Map<string, string[]>()
  for (const name of names.toSorted()) {
    const delivery = deliveryIn(name)
    if (delivery !== undefined) found.set(delivery, [...(found.get(delivery) ?? []), name])
  }
  return [...found].toSorted(([a], [b]) => byAge(b, a)).map(([delivery, files]) => ({ delivery, names: files }))
}

export interface Promised {
  readonly environment: string
  readonly delivery: string
  /** What the ledger has; absent: it has none. */
  readonly sha256?: string | undefined
}

/** The record in a file's text. Throws when it is not the one that its name and the ledger promise. */
export function recordIn(text: string, { environment, delivery, sha256 }: Promised, hash: (text: string) => string): DeliveryDocument {
  if (sha256 !== undefined && hash(text) !== sha256) throw new TypeError('its SHA-256 is not the one that the ledger has')
  const document = decodeDocument(text, 'record')
  const { id, environment: where } = document.delivery
  if (id !== delivery || where !== environment) throw new TypeError(`it is the record of delivery "${id}" of \`${where}\``)
  return document
}
