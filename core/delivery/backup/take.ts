import { messageOf, StateError, toldOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { ScratchHost } from '../../ports/scratch-host.js'
import { endedBy, stoppedBy } from './deadline.js'
import { BackupVerdict, type BackupFacts, type BackupReason, type Stored } from './facts.js'
import { look } from './look.js'
import { proveByReading, proveByRestore } from './proving.js'
import { prune } from './pruning.js'
import { receiptOf } from './receipt.js'
import type { BackupPorts, BackupRequest } from './request.js'
import { copyOver, dumpInto } from './storing.js'
import { takeBack } from './take-back.js'
import { reasonOf, type Phase } from './trouble.js'

/** How a backup ended. There is one, and all stores have it with its receipt, exactly when `facts.receipt` is set. */
export interface TakenBackup {
  readonly reason: BackupReason
  readonly message: string
  readonly facts: BackupFacts
}

/** What is handed from step to step. */
interface Work {
  readonly request: BackupRequest
  readonly ports: BackupPorts
  readonly facts: BackupFacts
  phase: Phase
}

/** Takes a backup and proves it. Whatever goes wrong, nothing is left that looks like one. Throws for inputs that can't be used, and for bugs. */
export async function takeBackup(request: BackupRequest, ports: BackupPorts, ambient: Ambient): Promise<TakenBackup> {
  const facts: BackupFacts = {}
  const work: Work = { request, ports, facts, phase: 'look' }
  let host: ScratchHost | undefined
  try {
    // 1. Clear away what dead runs left, look at what is, and try the stores out.
    host = request.proof === 'restore' ? await ports.scratchHost() : undefined
    await look(request, ports, host, facts, ambient)
    if (request.dryRun) return { reason: 'planned', message: 'Nothing was written.', facts }

    // 2. One moment of the database, streamed into the store with its SHA-256.
    work.phase = 'dump'
    ambient.log.step(`Dump \`${facts.about!.name}\``)
    const stored = await dumpInto(request, ports, facts, ambient)

    // 3. Proof, by the store's own copy.
    await prove(work, stored, host, ambient)

    // 4. The second store: both have it, or neither.
    if (ports.copy !== undefined) {
      work.phase = 'copy'
      ambient.log.step(`Copy it to ${ports.copy.place}`)
      await copyOver(stored, ports.store, ports.copy, facts, ambient)
    }

    // 5. Only now it is a backup.
    await certify(work, stored, ambient)
    return { ...(await settled(work, ambient)), facts }
  } catch (fault) {
    const reason = fault instanceof BackupVerdict ? fault.reason : reasonOf(fault, work.phase, stoppedBy(ambient.signal))
    const left = facts.receipt === undefined ? await takeBack(ports, facts, ambient) : ''
    if (reason === undefined) throw fault
    return { reason, message: `${toldOf(endedBy(fault, ambient.signal))}${left}`, facts }
  } finally {
    await host?.close().catch((fault: unknown) => ambient.log.warn(`What the proof ran in is left to the next run: ${messageOf(fault)}`))
  }
}

async function prove(work: Work, stored: Stored, host: ScratchHost | undefined, ambient: Ambient): Promise<void> {
  const { request, ports, facts } = work
  if (host !== undefined) {
    ambient.log.step('Prove it: restore the stored copy into a scratch database and compare')
    work.phase = 'scratch'
    await proveByRestore(stored, { request, ports, host, facts }, () => {
      work.phase = 'restore'
    }, ambient)
  } else if (request.proof === 'list') {
    ambient.log.step('Read the stored copy whole')
    work.phase = 'restore'
    await proveByReading(stored, ports, facts, ambient)
  }
}

/** The receipt, in the second store first: what the first one shows is complete. */
async function certify(work: Work, stored: Stored, ambient: Ambient): Promise<void> {
  const { request, ports, facts } = work
  work.phase = 'receipt'
  ambient.signal.throwIfAborted()
  for (const one of ports.copy === undefined ? [ports.store] : [ports.store, ports.copy]) await stillThere(stored, one)
  const receipt = receiptOf(request, ports, stored, facts, ambient)
  facts.receiptBegun = receipt
  if (ports.copy !== undefined) await ports.copy.writeReceipt(receipt)
  await ports.store.writeReceipt(receipt)
  facts.receipt = receipt
}

/** A proof takes its time: whoever tidies the store meanwhile may have taken the backup for an old one. */
export async function stillThere({ object, bytes }: Pick<Stored, 'object' | 'bytes'>, store: BackupStore): Promise<void> {
  const found = await store.size(object)
  if (found === bytes) return
  throw new StateError('backup-corrupt', {
    message: `Could not write the receipt of \`${object}\`: ${store.place} has ${found === undefined ? 'nothing' : `${found} bytes`} under this name, and ${bytes} bytes were written.`,
    fix: 'Look for who removes or changes what is in the store, then take another backup.',
  })
}

/** The backup is good and stays whatever happens from here on: it is recorded, and older ones may go. */
async function settled(work: Work, ambient: Ambient): Promise<Omit<TakenBackup, 'facts'>> {
  const { request, ports, facts } = work
  const receipt = facts.receipt!
  work.phase = 'record'
  await ports.ledger.record(request.environment, { type: 'receipt', at: ambient.clock.now(), receipt })
  if (request.keep !== undefined) {
    work.phase = 'retention'
    ambient.log.step('Let older backups go')
    facts.pruned = await prune({ ...request, owner: receipt }, ports, ambient)
  }
  const where = `\`${receipt.object}\` in ${[ports.store, ...(ports.copy === undefined ? [] : [ports.copy])].map(({ place }) => place).join(' and ')}`
  if (facts.verified !== undefined) return { reason: 'verified', message: `${where} was restored and found equal.` }
  if (facts.listed !== undefined) return { reason: 'listed', message: `${where} was read whole (${facts.listed.entries} objects) and not restored.` }
  return { reason: 'unverified', message: `${where} was written, and nobody has read it.` }
}
