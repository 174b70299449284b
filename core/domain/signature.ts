/** Who must have signed. */
export type SignerRule =
  | { readonly kind: 'key'; /** PEM of a public key, or a file with it. */ readonly key: string }
  | { readonly kind: 'keyless'; /** Who: a workflow's address or an e-mail, whole or as a pattern between slashes. */ readonly identity: string; readonly issuer: string }
  | { readonly kind: 'github'; /** `owner/name` whose workflows attest. */ readonly repository: string; /** `.github/workflows/deliver.yml` */ readonly workflow?: string }

export type Verified =
  /** Signed as the rule says; `by` is for people. */
  | { readonly kind: 'signed'; readonly by: string }
  /** No signature at all. */
  | { readonly kind: 'unsigned'; readonly seen: string }
  /** Signed, but not by whom the rule names. */
  | { readonly kind: 'foreign'; readonly seen: string }
  /** A signature that does not hold for this image: another digest, damaged, expired. */
  | { readonly kind: 'invalid'; readonly seen: string }
