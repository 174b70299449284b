/**
 * How wish and state are written: lines of words, the last one `end <revision>`. Files reach the edge by a copy that another
 * process can see half done, so a text without its end is no text. A word that holds anything but plain letters is escaped.
 */
export interface Line {
  readonly key: string
  readonly words: readonly string[]
}

/** One word that the keeper can tell apart at spaces: what is not plain becomes `%XX` per byte, nothing at all becomes `%`. */
export function escapeWord(text: string): string {
  if (text === '') return '%'
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\u{FFFD}'))
}

export function unescapeWord(word: string): string | undefined {
  if (word === '%') return ''
  try {
    return decodeURIComponent(word)
  } catch {
    return undefined
  }
}

export function writeLines(kind: string, revision: number, lines: readonly Line[]): string {
  const rows = lines.map(({ key, words }) => [key, ...words.map(escapeWord)].join(' '))
  return [`${kind} 1`, `revision ${revision}`, ...rows, `end ${revision}`, ''].join('\n')
}

/** The lines between head and end; `undefined` when the text is of another kind, cut, or damaged. */
export function readLines(kind: string, text: string): { readonly revision: number; readonly lines: readonly Line[] } | undefined {
  const rows = text.split('\n')
  const [head, second, ...rest] = rows
  const revision = wholeNumber(second?.split(' ')[1])
  if (head !== `${kind} 1` || revision === undefined || second !== `revision ${revision}`) return undefined
  if (rest.at(-1) !== '' || rest.at(-2) !== `end ${revision}`) return undefined
  const lines: Line[] = []
  for (const row of rest.slice(0, -2)) {
    const [key, ...escaped] = row.split(' ')
    const words = escaped.flatMap((word) => unescapeWord(word) ?? [])
    if (key === undefined || key === 'end' || words.length !== escaped.length) return undefined
    lines.push({ key, words })
  }
  return { revision, lines }
}

/** Not negative, and nothing else but digits. */
export function wholeNumber(word: string | undefined): number | undefined {
  if (word === undefined || !/^\d{1,16}$/.test(word)) return undefined
  const found = Number(word)
  return Number.isSafeInteger(found) ? found : undefined
}
