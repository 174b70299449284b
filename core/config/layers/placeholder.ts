import { secretKind } from '../literal-secrets.js'

/** Words that people write where a secret belongs. */
const PLACEHOLDER = /change|example|sample|placeholder|dummy|fake|your|secret|passw|token|todo|replace|insert|here|none|test|local|dev|x{3,}|\*{3,}|\.{3}|…|<[^>]*>|0{6,}|1234/i
const LONG_ENOUGH = 16
/** Bits for each letter: words have less, keys drawn by chance more. */
const DENSE = 3.3

/** What kind of secret the example of a value looks like, if it looks like a real one: examples are there to be read by all. */
export function realSecret(name: string, value: string, secret: boolean): string | undefined {
  const text = value.trim()
  if (text === '' || text.includes('${')) return undefined
  const address = /^[a-z][a-z0-9+.-]*:\/\/(?<user>[^\s:/@]*):(?<password>[^\s@]+)@(?<host>[^\s/:?#]+)/i.exec(text)?.groups
  if (address) return plainPassword(address) ? undefined : 'an address with a password'
  // By its form alone: a name says only what should be there.
  const shape = secretKind('', text)
  if (shape !== undefined) return /EXAMPLE|x{6,}/i.test(text) ? undefined : shape
  const named = secret || secretKind(name, 'x') !== undefined
  return named && !PLACEHOLDER.test(text) && text.length >= LONG_ENOUGH && bitsEach(text) >= DENSE ? 'what looks like a real secret' : undefined
}

/** One that equals its user, says that it is none, or opens a database on the developer's own machine. */
function plainPassword({ user = '', password = '', host = '' }: Readonly<Record<string, string>>): boolean {
  return password === user || PLACEHOLDER.test(password) || /^(localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal)$/.test(host) || !host.includes('.')
}

/** The entropy of its letters. */
function bitsEach(text: string): number {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0)
}
