import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { Dump } from '../../ports/database.js'
import { storedContent } from './content.js'
import { BackupVerdict, type BackupFacts, type Stored } from './facts.js'
import { objectName, receiptId } from './naming.js'
import type { BackupPorts, BackupRequest } from './request.js'

/** One moment of the database, streamed into the store: compressed, sealed, with the SHA-256 of what is stored. */
export async function dumpInto(request: BackupRequest, ports: Pick<BackupPorts, 'database' | 'store' | 'encryption'>, facts: BackupFacts, ambient: Ambient): Promise<Stored> {
  const takenAt = ambient.clock.now()
  const id = receiptId(request.environment, takenAt, ambient)
  const { format, jobs, checksums, encryptTo } = request
  const dump = await ports.database.dump({ format, jobs, checksums })
  try {
    const object = objectName(request.app, id, dump.compression, encryptTo.length > 0)
    const { content, ownKey } = await sealing(request, dump, ports, ambient)
    const written = await ports.store.write(object, counted(content, ambient))
    // Ours only from here on: a write that failed has left nothing, and the name may be another's.
    facts.object = object
    const sequences = await dump.sequencesNow()
    const sealed = { ...(encryptTo.length === 0 ? {} : { encryptedFor: encryptTo }), ...(ownKey === undefined ? {} : { ownKey }) }
    const { bytes, sha256 } = written
    facts.stored = { id, object, bytes, sha256, kind: dump.format, ...sealed, takenAt, dumpMs: ambient.clock.now() - takenAt, compression: dump.compression, ...(await dump.taken()), sequences }
    return facts.stored
  } finally {
    await dump.close()
  }
}

/** Every run makes a key of its own beside those of the recipients: what is stored can be proven without anybody's key on this machine. */
async function sealing({ encryptTo, proof }: BackupRequest, { content }: Dump, ports: Pick<BackupPorts, 'encryption'>, ambient: Ambient): Promise<{ readonly content: AsyncIterable<Uint8Array>; readonly ownKey?: string }> {
  if (encryptTo.length === 0) return { content }
  const encryption = await ports.encryption()
  if (proof === 'none') return { content: encryption.encrypt(content, encryptTo) }
  const { identity, recipient } = await encryption.key()
  ambient.mask(identity)
  return { content: encryption.encrypt(content, [...encryptTo, recipient]), ownKey: identity }
}

/** The stored bytes, read back and written to the second store: the same there, or there is no backup. */
export async function copyOver(stored: Stored, from: BackupStore, to: BackupStore, facts: BackupFacts, ambient: Ambient): Promise<void> {
  const written = await to.write(stored.object, counted(storedContent(stored, from, ambient), ambient))
  facts.copied = true
  if (written.bytes === stored.bytes && written.sha256 === stored.sha256) return
  throw new BackupVerdict('copy-failed', `The copy in ${to.place} has ${written.bytes} bytes with SHA-256 ${written.sha256.slice(0, 12)}…, and ${from.place} has ${stored.bytes} with ${stored.sha256.slice(0, 12)}….`)
}

/** Says how far it is, about once a second; ends with the run, however slow either side is. */
async function* counted(content: AsyncIterable<Uint8Array>, ambient: Ambient): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let told = ambient.clock.now()
  for await (const chunk of content) {
    ambient.signal.throwIfAborted()
    bytes += chunk.length
    if (ambient.clock.now() - told >= 1000) {
      told = ambient.clock.now()
      ambient.log.progress(`${(bytes / 1e6).toFixed(0)} MB stored`)
    }
    yield chunk
  }
}
