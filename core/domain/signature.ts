/** Who must have signed. */
export type SignerRule =
  | { readonly kind: 'key'; /** PEM of a public key, a file with it, or the address of one in a key service. */ readonly key: string }
  | ({ readonly kind: 'keyless'; /** Who: a workflow's address or an e-mail, whole or as a pattern between slashes. */ readonly identity: string; readonly issuer: string } & TrustedBy)
  | ({ readonly kind: 'github'; /** `owner/name` whose workflows attest. */ readonly repository: string; /** `.github/workflows/deliver.yml`, or with the repository before it that a reusable workflow is from. */ readonly workflow?: string } & TrustedBy)

interface TrustedBy {
  /** File with the trust root of another Sigstore than the public one. */
  readonly trustedRoot?: string
}

export type Verified =
  /** Signed as the rule says; `by` is for people. */
  | { readonly kind: 'signed'; readonly by: string }
  /** No signature at all. */
  | { readonly kind: 'unsigned'; readonly seen: string }
  /** Signed, but not by whom the rule names. */
  | { readonly kind: 'foreign'; readonly seen: string }
  /** A signature that does not hold for this image: another digest, damaged, expired. */
  | { readonly kind: 'invalid'; readonly seen: string }

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com'
export const PROVENANCE = 'https://slsa.dev/provenance/v1'

const KEY_SERVICE = /^(awskms|azurekms|gcpkms|hashivault):\/\/\S+$/

/** The address of a key that a key service keeps: its private half never leaves it. */
export function isKeyAddress(key: string): boolean {
  return KEY_SERVICE.test(key)
}

/** What is asked of a certificate. Patterns are whole: what they match is all of the text. */
export interface Asked {
  readonly identity: Matcher
  readonly issuer: Matcher
  readonly repository?: string
}

export type Matcher = { readonly exactly: string } | { readonly pattern: string }

export function certificateAsked(rule: Exclude<SignerRule, { kind: 'key' }>): Asked {
  if (rule.kind === 'keyless') return { identity: matcherOf(rule.identity), issuer: matcherOf(rule.issuer) }
  const { repository, workflow } = rule
  const from = workflow === undefined ? `${literal(repository)}/\\.github/workflows/[^@]+` : literal(workflow.startsWith('.github/') ? `${repository}/${workflow}` : workflow)
  return { identity: { pattern: `^(?:https://github\\.com/${from}@.+)$` }, issuer: { exactly: GITHUB_ISSUER }, repository }
}

/** A pattern between slashes, or the text itself. */
function matcherOf(written: string): Matcher {
  const pattern = patternIn(written)
  return pattern === undefined ? { exactly: written } : { pattern: `^(?:${pattern})$` }
}

export function patternIn(written: string): string | undefined {
  return /^\/(?<pattern>.+)\/$/s.exec(written)?.groups?.['pattern']
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

export function matches(matcher: Matcher, text: string): boolean {
  return 'exactly' in matcher ? matcher.exactly === text : new RegExp(matcher.pattern, 'u').test(text)
}

/** The rule in words, for people. */
export function signerWords(rule: SignerRule): string {
  if (rule.kind === 'key') return isKeyAddress(rule.key) ? `the key ${rule.key}` : rule.key.includes('-----BEGIN') ? 'the public key of the configuration' : `the key in ${rule.key}`
  if (rule.kind === 'keyless') return `${rule.identity} (by ${rule.issuer})`
  return `${rule.workflow ?? 'a workflow'} of ${rule.repository} on GitHub`
}
