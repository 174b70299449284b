import type { EscapeCharacter } from './lines.js'

/** Words as a Dockerfile splits them: at blanks that are neither quoted nor escaped. Quotes stay: `expanded` takes them off. */
export function splitWords(text: string, escape: EscapeCharacter): readonly string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === escape && quote !== "'" && at + 1 < text.length) {
      word += char + text[++at]!
    } else if (quote === '' && /\s/.test(char)) {
      if (word !== '') words.push(word)
      word = ''
    } else {
      if (quote === '' && (char === '"' || char === "'")) quote = char
      else if (char === quote) quote = ''
      word += char
    }
  }
  return word === '' ? words : [...words, word]
}

export type Pair = readonly [name: string, value: string | undefined]

/** `a=1 b="two words"`; a word without `=` has no value. */
export function pairsOf(text: string, escape: EscapeCharacter): readonly Pair[] {
  return splitWords(text, escape).map((word) => {
    const equals = equalsIn(word)
    return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
  })
}

// A name may itself be quoted: `LABEL "a=b"=c`.
function equalsIn(word: string): number {
  const quote = word[0]
  const start = quote === '"' || quote === "'" ? word.indexOf(quote, 1) + 1 : 0
  return word.indexOf('=', start)
}

export type List = { readonly kind: 'list'; readonly words: readonly string[] } | { readonly kind: 'text' } | { readonly kind: 'broken' }

/** The exec form: a JSON list of texts. What only looks like one is told, where other builders would take it as a shell line. */
export function listOf(text: string): List {
  if (!text.startsWith('[')) return { kind: 'text' }
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? { kind: 'list', words: value } : { kind: 'broken' }
  } catch {
    return { kind: 'broken' }
  }
}
