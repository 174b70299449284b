import { dropped, storedContent } from '../../core/delivery/restore-backup.js'
import { changedVersions, compareFingerprints, compareOutlines } from '../../core/domain/fingerprint.js'
import { lastLive } from '../../core/domain/history.js'
import { FileError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Database } from '../../core/ports/database.js'
import type { Ledger } from '../../core/ports/ledger.js'
import { objectName, receiptId } from './naming.js'
import type { BackupOutcome, Reason } from './outcome.js'
import { outcome, planOf, type Facts, type Stored, type Verified } from './report.js'
import { receiptOf } from './receipt.js'
import type { BackupRequest } from './request.js'
import { readRevision } from './revision.js'
import { reasonOf, type Phase } from './trouble.js'

export interface BackupPorts {
  readonly database: Database
  readonly store: BackupStore
  readonly ledger: Ledger
}

/** An expected bad answer: the work could be done, and what it showed is against the backup. */
class Verdict extends Error {
  readonly reason: Reason
  constructor(reason: Reason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Takes a backup and proves it by restoring it from the store. Whatever goes wrong, nothing is left that looks like one. */
export async function backUp(request: BackupRequest, ports: BackupPorts, ambient: Ambient): Promise<BackupOutcome> {
  const facts: Facts = {}
  let phase: Phase = 'look'
  try {
    // 1. Clear away what dead runs left, then look at what is.
    await look(request, ports, facts, ambient)

    // 2. One moment of the database, streamed into the store with its SHA-256.
    phase = 'dump'
    ambient.log.step(`Dump \`${facts.about!.name}\``)
    const stored = await dumpInto(request, ports, facts, ambient)

    // 3. The store's own copy, restored beside the real database and compared.
    phase = 'restore'
    ambient.log.step('Prove it: restore the stored copy into a scratch database and compare')
    const verified = await prove(stored, ports, facts, ambient)

    // 4. Only now it is a backup.
    phase = 'receipt'
    ambient.signal.throwIfAborted()
    const receipt = receiptOf(request, { about: facts.about!, revision: facts.revision ?? '', version: facts.version ?? '', place: ports.store.place }, stored, verified)
    await ports.store.writeReceipt(receipt)
    facts.receipt = receipt
    phase = 'record'
    await ports.ledger.record(request.environment, { type: 'receipt', at: ambient.clock.now(), receipt })
    return outcome(request, 'verified', `\`${receipt.object}\` in ${ports.store.place} was restored and found equal.`, facts)
  } catch (fault) {
    const reason = fault instanceof Verdict ? fault.reason : reasonOf(fault, phase, ambient.signal.aborted)
    const removed = facts.receipt === undefined ? await takeBack(ports.store, facts, ambient) : ''
    if (reason === undefined) throw fault
    return outcome(request, reason, `${messageOf(fault)}${removed}`, facts)
  }
}

async function look(request: BackupRequest, { database, store, ledger }: BackupPorts, facts: Facts, ambient: Ambient): Promise<void> {
  for (const name of [...(await database.sweep()), ...(await store.sweep())]) ambient.log.info(`Removed \`${name}\`, which a run that is gone had left.`)
  facts.about = await database.about()
  const room = await store.room()
  facts.plan = planOf(request, facts.about, { place: store.place, room })
  for (const line of facts.plan) ambient.log.info(line)
  // Dumps compress to a seventh as a rule: with less than a tenth free there is no use in trying.
  if (room !== undefined && room < facts.about.bytes / 10) throw noRoom(store.place, room, facts.about.bytes)
  facts.version = request.version ?? lastLive(await ledger.history(request.environment))?.result?.live?.version ?? ''
  if (request.revision === undefined) return
  const revision = await readRevision(request.revision, request.environment, ambient)
  if (!revision.ok) throw new Verdict('revision-failed', revision.why)
  facts.revision = revision.revision
}

async function dumpInto(request: BackupRequest, { database, store }: BackupPorts, facts: Facts, ambient: Ambient): Promise<Stored> {
  const takenAt = ambient.clock.now()
  const id = receiptId(request.environment, takenAt, ambient)
  const dump = await database.dump()
  try {
    const object = objectName(request.app, id, dump.compression)
    const written = await store.write(object, counted(dump.content, ambient))
    // Ours only from here on: a write that failed has left nothing, and the name may be another's.
    facts.object = object
    const sequences = await dump.sequencesNow()
    const { compression } = dump
    const { fingerprint, outline } = await dump.taken()
    facts.stored = { id, object, ...written, takenAt, dumpMs: ambient.clock.now() - takenAt, compression, fingerprint, outline, sequences }
    return facts.stored
  } finally {
    await dump.close()
  }
}

async function prove(stored: Stored, { database, store }: BackupPorts, facts: Facts, ambient: Ambient): Promise<Verified> {
  const begun = ambient.clock.now()
  const scratch = await database.scratch()
  try {
    await scratch.restore(storedContent(stored, store, ambient))
    const restoreMs = ambient.clock.now() - begun
    const fingerprint = await scratch.fingerprint()
    const differences = compareFingerprints(stored.fingerprint, fingerprint, stored.sequences)
    if (differences.length > 0) {
      const schema = stored.fingerprint.schema === fingerprint.schema ? [] : compareOutlines(stored.outline, await scratch.outline())
      facts.differences = [...schema, ...differences.filter(({ kind }) => kind !== 'schema' || schema.length === 0)]
      throw new Verdict('mismatch', `The restored copy differs from the database in ${facts.differences.length} places.`)
    }
    facts.versions = changedVersions(stored.fingerprint, fingerprint)
    facts.verified = { at: ambient.clock.now(), restoreMs, compareMs: ambient.clock.now() - begun - restoreMs, fingerprint }
    return facts.verified
  } finally {
    await dropped(scratch, ambient)
  }
}

/** Whatever was stored has no proof: it goes, and what could not go is told. */
async function takeBack(store: BackupStore, facts: Facts, ambient: Ambient): Promise<string> {
  if (facts.object === undefined) return ''
  try {
    await store.remove(facts.object)
    return ''
  } catch (fault) {
    ambient.log.warn(messageOf(fault))
    return ` \`${facts.object}\` could not be removed and is NOT a backup: it has no receipt.`
  }
}

/** Says how far it is, about once a second. */
async function* counted(content: AsyncIterable<Uint8Array>, ambient: Ambient): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let told = ambient.clock.now()
  for await (const chunk of content) {
    bytes += chunk.length
    if (ambient.clock.now() - told >= 1000) {
      told = ambient.clock.now()
      ambient.log.progress(`${(bytes / 1e6).toFixed(0)} MB stored`)
    }
    yield chunk
  }
}

function noRoom(place: string, room: number, bytes: number): FileError {
  return new FileError('disk-full', {
    message: `${place} has ${(room / 1e6).toFixed(0)} MB free, and the database has ${(bytes / 1e6).toFixed(0)} MB on its server.`, path: place,
  })
}
