import { certificateAsked, matches, PROVENANCE, signerWords, type SignerRule, type Verified } from './signature.js'

/** A signature or attestation as it lies in a registry. Nothing that it says is proven. */
export interface Found {
  readonly by: Signatory
  /** Digests (`sha256:…`) that it speaks of. */
  readonly subjects: readonly string[]
  /** Type of its statement; a signature of the older form has none. */
  readonly predicate?: string
}

export type Signatory =
  | { readonly kind: 'key'; /** SHA-256 (base64) of the public key, where the signature names it. */ readonly hint?: string }
  | { readonly kind: 'certificate'; readonly identity: string; readonly issuer: string; readonly repository: string }

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1'

/** Whether a statement is of the kind that a rule asks for: an image's list of packages is no signature of it. */
export function isKindOf(rule: SignerRule, predicate: string | undefined): boolean {
  return rule.kind === 'github' ? predicate === PROVENANCE : predicate === undefined || predicate === SIGNATURE
}

export interface Unverified {
  readonly rule: SignerRule
  /** SHA-256 (base64) of the rule's public key. */
  readonly hint?: string
  readonly digest: string
  readonly found: readonly Found[]
  /** What the verifier said. */
  readonly said: string
}

/** Why an image that was not verified was not: by what lies beside it, never by the wording of a program. */
export function refusalOf({ rule, hint, digest, found, said }: Unverified): Exclude<Verified, { kind: 'signed' }> {
  const what = rule.kind === 'github' ? 'attestation of its provenance' : 'signature'
  const relevant = found.filter(({ predicate }) => isKindOf(rule, predicate))
  if (relevant.length === 0) return { kind: 'unsigned', seen: found.length === 0 ? `the registry has no ${what} of it` : `the registry has no ${what} of it, only ${[...new Set(found.map(({ predicate }) => predicate ?? 'a signature'))].join(', ')}` }
  const ours = relevant.filter(({ by }) => claims(by, rule, hint))
  if (ours.length > 0) return { kind: 'invalid', seen: `its ${what} names ${signerWords(rule)}, and ${elsewhere(ours, digest) ?? `does not hold: ${said}`}` }
  // Of the older form with a key: nothing names the key, but what it signs is written there.
  const stray = relevant.every(({ by }) => by.kind === 'key' && by.hint === undefined) ? elsewhere(relevant, digest) : undefined
  if (stray !== undefined) return { kind: 'invalid', seen: `its ${what} ${stray}` }
  return { kind: 'foreign', seen: `its ${what} is by ${[...new Set(relevant.map(({ by }) => signatoryWords(by)))].join(', ')}` }
}

function claims(by: Signatory, rule: SignerRule, hint: string | undefined): boolean {
  if (rule.kind === 'key') return by.kind === 'key' && by.hint !== undefined && by.hint === hint
  if (by.kind === 'key') return false
  const { identity, issuer, repository } = certificateAsked(rule)
  return matches(identity, by.identity) && matches(issuer, by.issuer) && (repository === undefined || repository === by.repository)
}

function elsewhere(found: readonly Found[], digest: string): string | undefined {
  return found.some(({ subjects }) => subjects.includes(digest)) ? undefined : `is for another image, ${found.flatMap(({ subjects }) => subjects).join(', ')}`
}

export function signatoryWords(by: Signatory): string {
  if (by.kind === 'key') return by.hint === undefined ? 'another key, or damaged' : `another key (SHA-256 ${by.hint})`
  const { identity, issuer, repository } = by
  return `${identity === '' ? 'a certificate without a name' : identity} (by ${issuer === '' ? 'an issuer it does not name' : issuer}${repository === '' ? '' : `, for ${repository}`})`
}
