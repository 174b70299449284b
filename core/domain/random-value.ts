/** Fewer could be guessed by somebody with time and machines. */
export const LEAST_BITS = 80

/** The characters of `a-zA-Z0-9_`: ranges as in a character class, each once. `undefined` for anything that is no such list. */
export function alphabetOf(written: string): readonly string[] | undefined {
  const found = new Set<string>()
  for (let index = 0; index < written.length; index++) {
    const from = written.charCodeAt(index)
    const range = written[index + 1] === '-' && index + 2 < written.length
    const to = range ? written.charCodeAt(index + 2) : from
    if (from < 0x21 || to > 0x7e || to < from) return undefined
    for (let code = from; code <= to; code++) found.add(String.fromCharCode(code))
    if (range) index += 2
  }
  return found.size < 2 ? undefined : [...found]
}

export function bitsOf(length: number, alphabet: readonly string[]): number {
  return length * Math.log2(alphabet.length)
}

/** Every character as likely as every other: a byte that would favour the first ones is thrown away. */
export function randomValue(length: number, alphabet: readonly string[], random: (bytes: number) => Uint8Array): string {
  const fair = 256 - (256 % alphabet.length)
  let value = ''
  while (value.length < length) {
    for (const byte of random(length)) if (byte < fair && value.length < length) value += alphabet[byte % alphabet.length]
  }
  return value
}
