import { visit } from 'yaml'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { pathOf, type KeyPath, type Source } from './document.js'

const NAMED = /(passw(or)?d|(^|[-_.])(secret|token|bearer|api[-_]?key|application[-_]?key|secret[-_]access[-_]key|private[-_]?key|ssh[-_]?key|credentials?|authorization))$/i
const A_WEBHOOK = 'the address of a webhook, which is all that it takes to post'
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:[^\s/@"']+@/i, 'an address with a password'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}/, 'a GitHub token'],
  [/\bxox[abpors]-[A-Za-z0-9-]{10,}/, 'a Slack token'],
  [/https:\/\/hooks\.slack(?:-gov)?\.com\/\w+\/|https:\/\/\S+[?&]sig=[\w%-]{10,}/i, A_WEBHOOK],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/AGE-SECRET-KEY-1[A-Z0-9]+/i, 'an age secret key'],
]

/** Secrets that are written in the file. The problem names the key, never the value. */
export function literalSecrets(source: Source): readonly Problem[] {
  const problems: Problem[] = []
  visit(source.document, {
    Scalar(key, scalar, ancestors) {
      const { value } = scalar
      if (key === 'key' || (typeof value !== 'string' && typeof value !== 'number')) return
      const path = pathOf(scalar, ancestors)
      const kind = secretKind(String(path.at(-1)), String(value))
      if (kind !== undefined) problems.push(problem(source, path, kind))
    },
  })
  return problems
}

/** What kind of secret a value is, if it is one: by its form, or by the name of its key. */
export function secretKind(key: string, value: string): string | undefined {
  // A pattern of addresses with a password is none itself.
  if (key === 'shape') return undefined
  const rest = value.replace(/\$\{env:[^}]*\}/g, '')
  if (rest.trim() === '') return undefined
  if (key === 'webhook' && /^https?:/.test(rest)) return A_WEBHOOK
  const shape = SHAPES.find(([form]) => form.test(rest))
  return shape?.[1] ?? (NAMED.test(key) ? 'what its name calls a secret' : undefined)
}

function problem(source: Source, path: KeyPath, kind: string): Problem {
  return {
    code: 'config-invalid',
    message: `${source.at(path)}: \`${path.join('.')}\` holds ${kind}.`,
    fix: 'Take it out of the file (and change it: it is known now), put it into a secret and write `${env:NAME}`.',
  }
}

/** Secrets that a variable would bring into a release's settings, which the ledger and the platform write down. */
export function settledSecrets(settings: Readonly<Record<string, string>>, places: Places): readonly Problem[] {
  return Object.entries(settings).flatMap(([key, value]): readonly Problem[] => {
    const kind = secretKind(key, value)
    if (kind === undefined) return []
    const path = ['settings', key]
    return [{
      code: 'config-invalid',
      message: `${places.at(path)}: \`${places.name(path)}\` holds ${kind}, and settings are written down with the release.`,
      fix: 'Let a setting say where the secret is (a file, a name in a secret store), never what it is.',
    }]
  })
}
