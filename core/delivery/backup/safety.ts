import type { BackupPolicy } from '../../domain/backup.js'
import type { Receipt } from '../../domain/receipt.js'
import { messageOf, StateError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { Ledger } from '../../ports/ledger.js'
import { BackupVerdict, type BackupFacts } from './facts.js'
import { proveByReading } from './proving.js'
import { receiptOf } from './receipt.js'
import type { BackupPorts, BackupRequest } from './request.js'
import { dumpInto } from './storing.js'
import { takeBack } from './take-back.js'

export interface SafetyRequest {
  readonly app: string
  readonly environment: string
  /** The release that is live; empty: not known. */
  readonly version: string
  readonly policy: Pick<BackupPolicy, 'encryptTo' | 'allowUnencrypted'>
}

export type SafetyPorts = Pick<BackupPorts, 'database' | 'store' | 'ledger' | 'encryption'>

/**
 * What a restore is about to replace, dumped into the store and read back whole. Nobody restores it for proof: the one it is taken
 * for must not wait, and the database itself is kept beside. Whatever goes wrong, nothing is left that looks like a backup.
 */
export async function safetyBackup({ app, environment, version, policy: { encryptTo, allowUnencrypted } }: SafetyRequest, ports: SafetyPorts, ambient: Ambient): Promise<Receipt> {
  const { database, store, ledger } = ports
  if (store.outside && encryptTo.length === 0 && !allowUnencrypted) throw unencrypted(store)
  const request: BackupRequest = { app, environment, encryptTo, allowUnencrypted, format: 'custom', jobs: 1, proof: 'list', checksums: false, elsewhere: false, dryRun: false, takenFor: 'restore' }
  const facts: BackupFacts = { about: await database.about(), version }
  try {
    const stored = await dumpInto(request, ports, facts, ambient)
    await proveByReading(stored, ports, facts, ambient)
    const receipt = receiptOf(request, ports, stored, facts, ambient)
    facts.receiptBegun = receipt
    await store.writeReceipt(receipt)
    await recorded(ledger, receipt, ambient)
    return receipt
  } catch (fault) {
    const left = await takeBack(ports, facts, ambient)
    if (left !== '') ambient.log.warn(left.trim())
    throw fault instanceof BackupVerdict ? new StateError('backup-corrupt', { message: fault.message, cause: fault }) : fault
  }
}

/** Its receipt is beside it in the store; a ledger that does not answer takes nothing away from it. */
async function recorded(ledger: Ledger, receipt: Receipt, ambient: Ambient): Promise<void> {
  try {
    await ledger.record(receipt.environment, { type: 'receipt', at: ambient.clock.now(), receipt })
  } catch (fault) {
    ambient.log.warn(`The ledger does not know of the safety backup ${receipt.id}, which is in its store all the same: ${messageOf(fault)}`)
  }
}

function unencrypted(store: BackupStore): StateError {
  return new StateError('store-unsafe', {
    message: `The safety backup would leave this machine for ${store.place} as it is: no recipient is named.`,
    fix: 'Name recipients with `backup.encrypt-to`, or set `backup.allow-unencrypted: true`.',
  })
}
