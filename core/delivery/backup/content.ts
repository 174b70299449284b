import type { Receipt } from '../../domain/receipt.js'
import { EcluseError, StateError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { Encryption } from '../../ports/encryption.js'

/** What opens encrypted backups. */
export interface Keys {
  readonly encryption: Encryption
  /** `AGE-SECRET-KEY-1…`; secret. */
  readonly identities: readonly string[]
}

type Expected = Pick<Receipt, 'object' | 'bytes' | 'sha256' | 'encryptedFor'>

/** The lines of `backup.identity` that are keys: what `age-keygen` writes has comments around them. */
export function identitiesIn(identity: string | undefined): readonly string[] {
  return (identity ?? '').split(/\s+/).filter((word) => word.startsWith('AGE-SECRET-KEY-'))
}

/** The dump inside a backup: its stored bytes, opened where they are encrypted; throws at the end when they are not the ones that were written. */
export async function* backupContent(receipt: Expected, store: BackupStore, keys: Keys | undefined, ambient: Ambient): AsyncGenerator<Uint8Array> {
  if (receipt.encryptedFor === undefined) {
    yield* storedContent(receipt, store, ambient)
    return
  }
  if (keys === undefined || keys.identities.length === 0) throw locked(receipt, 'no key is at hand')
  try {
    yield* keys.encryption.decrypt(storedContent(receipt, store, ambient), keys.identities)
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code !== 'backup-locked') throw fault
    // A damaged first line looks like a key that does not fit: the checksum tells one from the other.
    await readThrough(storedContent(receipt, store, ambient))
    throw locked(receipt, `none of the ${keys.identities.length} keys at hand fits`)
  }
}

/** A backup's bytes out of its store; throws at the end when they are not the ones that were written. */
export async function* storedContent(expected: Omit<Expected, 'encryptedFor'>, store: BackupStore, ambient: Ambient): AsyncGenerator<Uint8Array> {
  const hasher = ambient.files.hasher()
  let bytes = 0
  for await (const chunk of store.read(expected.object)) {
    ambient.signal.throwIfAborted()
    hasher.update(chunk)
    bytes += chunk.length
    yield chunk
  }
  const found = hasher.hex()
  if (bytes === expected.bytes && found === expected.sha256) return
  throw new StateError('backup-corrupt', {
    message: `\`${expected.object}\` in ${store.place} has ${bytes} bytes with SHA-256 ${found.slice(0, 12)}…; written were ${expected.bytes} with ${expected.sha256.slice(0, 12)}….`,
  })
}

async function readThrough(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of content) if (chunk.length < 0) return
}

function locked({ object, encryptedFor = [] }: Expected, why: string): StateError {
  return new StateError('backup-locked', {
    message: `\`${object}\` is encrypted for ${encryptedFor.join(', ')}, and ${why}.`,
    fix: 'Give the key of one of them as `backup.identity`, from a secret: `identity: ${env:BACKUP_IDENTITY}`.',
  })
}
