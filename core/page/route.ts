/** Places of the page by the part of its address behind `#`, so that a file needs no server and every place can be linked to. */

export type Route =
  | { readonly name: 'overview'; readonly query: string }
  | { readonly name: 'delivery'; readonly id: string }

export function routeOf(hash: string): Route {
  const [place = '', query = ''] = split(hash.replace(/^#/, ''))
  const id = /^\/delivery\/([^/]+)$/.exec(place)?.[1]
  return id === undefined ? { name: 'overview', query } : { name: 'delivery', id: decoded(id) }
}

export const deliveryHash = (id: string): string => `#/delivery/${escaped(id)}`
export const overviewHash = (query: string): string => (query === '' ? '#/' : `#/?${query}`)

/** Half of a pair of letters can not be in an address. */
export const escaped = (text: string): string => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'))

function split(text: string): readonly string[] {
  const at = text.indexOf('?')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** An address that somebody typed may hold a broken escape: then it is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
