import type { BackupPolicy } from '../../domain/backup.js'
import type { Receipt } from '../../domain/receipt.js'
import { messageOf, StateError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { Database, Dump } from '../../ports/database.js'
import type { Encryption } from '../../ports/encryption.js'
import type { Ledger } from '../../ports/ledger.js'
import { backupContent, type Keys } from './content.js'
import { objectName, receiptId } from './naming.js'

export interface SafetyRequest {
  readonly app: string
  readonly environment: string
  /** The release that is live; empty: not known. */
  readonly version: string
  readonly policy: Pick<BackupPolicy, 'encryptTo' | 'allowUnencrypted'>
}

export interface SafetyPorts {
  readonly database: Database
  readonly store: BackupStore
  readonly ledger: Ledger
  readonly encryption: () => Promise<Encryption>
}

type Written = Pick<Receipt, 'id' | 'object' | 'bytes' | 'sha256' | 'compression' | 'takenAt' | 'dumpMs' | 'fingerprint' | 'kind'>

/**
 * What a restore is about to replace, dumped into the store and read back whole. Nobody restores it for proof: the one it is taken
 * for must not wait, and the database itself is kept beside. Whatever goes wrong, nothing is left that looks like a backup.
 */
export async function safetyBackup(request: SafetyRequest, ports: SafetyPorts, ambient: Ambient): Promise<Receipt> {
  const { database, store, ledger } = ports
  const { encryptTo, allowUnencrypted } = request.policy
  if (store.outside && encryptTo.length === 0 && !allowUnencrypted) throw unencrypted(store)
  const about = await database.about()
  const keys = encryptTo.length === 0 ? undefined : await runKeys(await ports.encryption())
  const dump = await database.dump()
  const done: { object?: string } = {}
  try {
    const written = await write(request, dump, store, { keys, done }, ambient)
    const entries = await database.entries(backupContent({ ...written, ...sealed(encryptTo) }, store, keys, ambient))
    const { app, environment, version } = request
    const receipt: Receipt = {
      format: 1, app, environment, version, ...written,
      database: { host: about.host, port: about.port, name: about.name, systemIdentifier: about.systemIdentifier },
      store: store.place, clientVersion: about.clientVersion, serverVersion: about.serverVersion, schemaRevision: '', verified: null,
      listed: { at: new Date(ambient.clock.now()).toISOString(), entries },
      by: { run: ambient.run.id, actor: ambient.run.actor, url: ambient.run.url },
      takenFor: 'restore',
      ...sealed(encryptTo),
    }
    await store.writeReceipt(receipt)
    delete done.object
    await recorded(ledger, receipt, ambient)
    return receipt
  } catch (fault) {
    if (done.object !== undefined) await removed(store, done.object, ambient)
    throw fault
  } finally {
    await dump.close()
  }
}

async function write({ app, environment, policy }: SafetyRequest, dump: Dump, store: BackupStore, under: { readonly keys: (Keys & { readonly recipient: string }) | undefined; readonly done: { object?: string } }, ambient: Ambient): Promise<Written> {
  const { keys, done } = under
  const takenAt = ambient.clock.now()
  const id = receiptId(environment, takenAt, ambient)
  const object = objectName(app, id, dump.compression, keys !== undefined)
  const content = keys === undefined ? dump.content : keys.encryption.encrypt(dump.content, [...policy.encryptTo, keys.recipient])
  const stored = await store.write(object, content)
  // Ours only from here on: a write that failed has left nothing, and the name may be another's.
  done.object = object
  const { fingerprint } = await dump.taken()
  const dumpMs = Math.round(ambient.clock.now() - takenAt)
  return { id, object, ...stored, compression: dump.compression, kind: dump.format, takenAt: new Date(takenAt).toISOString(), dumpMs, fingerprint }
}

/** A key of this run alone, so that what is stored can be read back without anybody's. */
async function runKeys(encryption: Encryption): Promise<Keys & { readonly recipient: string }> {
  const { identity, recipient } = await encryption.key()
  return { encryption, identities: [identity], recipient }
}

function sealed(recipients: readonly string[]): Pick<Receipt, 'encryptedFor'> {
  return recipients.length === 0 ? {} : { encryptedFor: recipients }
}

/** Its receipt is beside it in the store; a ledger that does not answer takes nothing away from it. */
async function recorded(ledger: Ledger, receipt: Receipt, ambient: Ambient): Promise<void> {
  try {
    await ledger.record(receipt.environment, { type: 'receipt', at: ambient.clock.now(), receipt })
  } catch (fault) {
    ambient.log.warn(`The ledger does not know of the safety backup ${receipt.id}, which is in its store all the same: ${messageOf(fault)}`)
  }
}

async function removed(store: BackupStore, object: string, ambient: Ambient): Promise<void> {
  try {
    await store.remove(object)
  } catch (fault) {
    ambient.log.warn(`\`${object}\` could not be removed and is NOT a backup: it has no receipt. ${messageOf(fault)}`)
  }
}

function unencrypted(store: BackupStore): StateError {
  return new StateError('store-unsafe', {
    message: `The safety backup would leave this machine for ${store.place} as it is: no recipient is named.`,
    fix: 'Name recipients with `backup.encrypt-to`, or set `backup.allow-unencrypted: true`.',
  })
}
