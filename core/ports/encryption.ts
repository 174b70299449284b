/** Opens and closes backups, in the format of age. Keys never reach argv. */
export interface Encryption {
  /** `age1…` keys in, bytes of an age file out. Rejects with `InputError` for what is no key. */
  encrypt(content: AsyncIterable<Uint8Array>, recipients: readonly string[]): AsyncIterable<Uint8Array>
  /** Throws `StateError` `backup-locked` when none of the identities opens it, `backup-corrupt` when it was changed or cut, at the latest at its end. */
  decrypt(content: AsyncIterable<Uint8Array>, identities: readonly string[]): AsyncIterable<Uint8Array>
  /** A new key: of a run alone, which forgets it, so that what is stored can be proven without anybody's key. */
  key(): Promise<{ readonly identity: string; readonly recipient: string }>
}
