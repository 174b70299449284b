import { isMap, isPair, isScalar, visit, type Node } from 'yaml'
import type { Problem } from '../errors/families.js'
import type { Source } from './document.js'

const NAMED = /(^|[-_.])(password|passwd|secret|token|api-?key|private-?key|credentials?)$/i
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i, 'an address with a password'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}/, 'a GitHub token'],
  [/\bxox[abpors]-[A-Za-z0-9-]{10,}/, 'a Slack token'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/AGE-SECRET-KEY-1[A-Z0-9]+/i, 'an age secret key'],
]

/** Secrets that are written in the file. The problem names the key, never the value. */
export function literalSecrets(source: Source): readonly Problem[] {
  const problems: Problem[] = []
  visit(source.document, {
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key) || !isScalar(pair.value) || typeof pair.value.value !== 'string') return
      const kind = secretKind(String(pair.key.value), pair.value.value)
      if (kind !== undefined) problems.push(problem(source, [...keysOf(ancestors as readonly Node[]), String(pair.key.value)], kind))
    },
  })
  return problems
}

function secretKind(key: string, value: string): string | undefined {
  const rest = value.replace(/\$\{env:[^}]*\}/g, '')
  if (rest.trim() === '') return undefined
  const shape = SHAPES.find(([form]) => form.test(rest))
  return shape?.[1] ?? (NAMED.test(key) ? 'what its name calls a secret' : undefined)
}

function problem(source: Source, path: readonly string[], kind: string): Problem {
  return {
    code: 'config-invalid',
    message: `${source.at(path)}: \`${path.join('.')}\` holds ${kind}.`,
    fix: 'Take it out of the file (and change it: it is known now), put it into a secret and write `${env:NAME}`.',
  }
}

function keysOf(ancestors: readonly Node[]): string[] {
  const keys: string[] = []
  for (const [index, node] of ancestors.entries()) {
    if (!isMap(node)) continue
    const below: unknown = ancestors[index + 1]
    if (isPair(below) && isScalar(below.key)) keys.push(String(below.key.value))
  }
  return keys
}
