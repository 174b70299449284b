import { blamed } from '../../core/delivery/backup/blame.js'
import { backupContent, identitiesIn, type Keys } from '../../core/delivery/backup/content.js'
import { timed } from '../../core/delivery/chronicle.js'
import { assertFaithful, dropped } from '../../core/delivery/restore-backup.js'
import { changedVersions } from '../../core/domain/fingerprint.js'
import { compareWithReceipt } from '../../core/domain/receipt-comparison.js'
import type { KeptBackup } from '../../core/domain/restore-point.js'
import { EcluseError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Database, Scratch } from '../../core/ports/database.js'
import { Verdict } from './outcome.js'
import type { Run } from './run.js'

/** Restores the backup beside the real database and compares it with its receipt; from the next store when one does not have it as it was written. */
export async function restoreBeside(run: Run, { receipt, stores }: KeptBackup, database: Database, ambient: Ambient): Promise<Scratch> {
  const { facts, request } = run
  run.phase = 'restore'
  const keys: Keys | undefined = receipt.encryptedFor === undefined ? undefined : { encryption: await run.ports.encryption(), identities: identitiesIn(request.policy.identity) }
  const given: unknown[] = []
  for (const [turn, index] of stores.entries()) {
    const { store } = facts.backups!.shelves[index]!
    if (turn > 0) ambient.log.step(`Take it from ${store!.place} instead`)
    const scratch = await database.scratch()
    try {
      ambient.log.info(`Restoring \`${receipt.object}\` (release ${receipt.version || 'unknown'}, data of ${receipt.takenAt}) from ${store!.place} into \`${scratch.name}\`.`)
      await fill(run, scratch, { store: store!, receipt, keys }, ambient)
      facts.from = store!.place
      await timed(facts.chronicle, 'compare', ambient, () => compare(run, scratch, receipt))
      return scratch
    } catch (fault) {
      await dropped(scratch, ambient)
      const why = await blamed(fault, receipt, store!, ambient)
      if (why === undefined) throw fault
      given.push(why)
      facts.notes.push(messageOf(why))
      ambient.log.warn(messageOf(why))
    }
  }
  throw given.find((fault) => fault instanceof EcluseError && fault.code === 'backup-corrupt') ?? new Verdict('store-failed', given.map(messageOf).join(' '))
}

/** Whether a copy could take the place of the database, looked at with an empty one: a safety backup and a restore may take hours. */
export async function assertReplaceable(run: Run, database: Database, ambient: Ambient): Promise<void> {
  run.phase = 'restore'
  const scratch = await database.scratch()
  try {
    run.phase = 'swap'
    assertFaithful(scratch)
  } finally {
    await dropped(scratch, ambient)
  }
}

/** The store's bytes, waited for, are told apart from what the database does with them. */
async function fill({ facts, request }: Run, scratch: Scratch, from: { readonly store: BackupStore; readonly receipt: KeptBackup['receipt']; readonly keys: Keys | undefined }, ambient: Ambient): Promise<void> {
  const startedAt = ambient.clock.now()
  const waited = { ms: 0 }
  const store: BackupStore = { ...from.store, read: (name) => waitedFor(from.store.read(name), waited, ambient) }
  try {
    await scratch.restore(backupContent(from.receipt, store, from.keys, ambient), { jobs: request.policy.jobs, bytes: from.receipt.bytes })
  } finally {
    const ms = ambient.clock.now() - startedAt
    facts.chronicle.steps.push({ name: 'fetch', startedAt, ms: waited.ms }, { name: 'restore', startedAt, ms: ms - waited.ms })
  }
}

async function* waitedFor(content: AsyncIterable<Uint8Array>, waited: { ms: number }, { clock }: Ambient): AsyncGenerator<Uint8Array> {
  let asked = clock.now()
  for await (const chunk of content) {
    waited.ms += clock.now() - asked
    yield chunk
    asked = clock.now()
  }
}

async function compare({ facts }: Run, scratch: Scratch, receipt: KeptBackup['receipt']): Promise<void> {
  const expected = receipt.fingerprint
  const found = await scratch.fingerprint({ checksums: expected.checksums !== undefined })
  const { differences, moved, told } = compareWithReceipt(receipt, found)
  if (moved > 0) facts.notes.push(`${moved} sequences moved while the backup was taken; they are as the dump has them.`)
  for (const { name, first, second } of changedVersions(expected, found)) facts.notes.push(`Extension \`${name}\` was ${first} and came back as ${second}, the version this server offers.`)
  if (differences.length === 0) return
  facts.differences = differences
  throw new Verdict('mismatch', told)
}
