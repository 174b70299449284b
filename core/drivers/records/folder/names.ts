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
