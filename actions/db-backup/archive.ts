import { endedBy, stoppedBy, type Stop } from '../../core/delivery/backup/deadline.js'
import { BackupVerdict, type BackupReason } from '../../core/delivery/backup/facts.js'
import { readRevision } from '../../core/delivery/backup/revision.js'
import { reasonOf, type Phase } from '../../core/delivery/backup/trouble.js'
import { nextKind } from '../../core/domain/archive.js'
import type { BackupPolicy } from '../../core/domain/backup.js'
import { lastLive } from '../../core/domain/history.js'
import type { BackupOwner } from '../../core/domain/retention.js'
import { EcluseError, messageOf, toldOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { ArchiveAbout, PointInTime } from '../../core/ports/point-in-time.js'
import { markOf, removeLeft } from './archive-left.js'
import { proveArchive } from './archive-proof.js'
import { archiveReceipt } from './archive-receipt.js'
import { archiveOutcome, type ArchiveFacts } from './archive-report.js'
import { forgetGone, pruneArchive } from './archive-retention.js'
import type { BackupOutcome } from './outcome.js'

/** What is asked of an archive that pgBackRest keeps. */
export interface ArchiveRequest extends Pick<BackupPolicy, 'proof' | 'keep' | 'checksums'> {
  readonly app: string
  readonly environment: string
  readonly version?: string
  readonly revision?: string
  readonly fullEveryMs: number
  readonly dryRun: boolean
}

export interface ArchivePorts {
  readonly archive: PointInTime
  /** Receipts are kept here; the archive itself is pgBackRest's. */
  readonly store: BackupStore
  readonly copy?: BackupStore
  readonly ledger: Ledger
}

/** Takes a backup into the archive, proves it by a restore to a moment that was counted, and lets old ones go. */
export async function backUpArchive(request: ArchiveRequest, ports: ArchivePorts, ambient: Ambient): Promise<BackupOutcome> {
  const facts: ArchiveFacts = {}
  let phase: Phase = 'look'
  try {
    // 1. Clear away what dead runs left; nothing is worth taking while the archive does not get what changes.
    const owner = await look(request, ports, facts, ambient)
    if (request.dryRun) return archiveOutcome(request, 'planned', 'Nothing was written.', facts)

    // 2. A full backup, or a differential one on a full one that has its receipt.
    phase = 'dump'
    ambient.log.step(`Take a ${facts.kind} backup with pgBackRest`)
    const begun = ambient.clock.now()
    ambient.remember('archived', 'unproven')
    facts.backup = await ports.archive.backup(facts.kind!, markOf(request, ambient))
    facts.dumpMs = ambient.clock.now() - begun

    // 3. Proof: all files of the repository, then the cluster of a moment that was counted.
    phase = 'restore'
    await proveArchive(request, ports.archive, facts, ambient)

    // 4. Only now it has a receipt.
    phase = 'receipt'
    ambient.signal.throwIfAborted()
    facts.receipt = archiveReceipt(request, facts, ambient)
    if (ports.copy !== undefined) await ports.copy.writeReceipt(facts.receipt)
    await ports.store.writeReceipt(facts.receipt)
    facts.certified = true
    ambient.remember('archived', '')
    phase = 'record'
    await ports.ledger.record(request.environment, { type: 'receipt', at: ambient.clock.now(), receipt: facts.receipt })

    // 5. Older ones go by the policy.
    phase = 'retention'
    if (request.keep !== undefined) facts.pruned = await pruneArchive({ ...request, keep: request.keep, owner }, ports, ambient)
    return archiveOutcome(request, endOf(facts), told(facts), facts)
  } catch (fault) {
    const reason = fault instanceof BackupVerdict ? fault.reason : archiveReason(fault, phase, stoppedBy(ambient.signal))
    const left = facts.certified === true ? '' : reason === 'backup-corrupt' ? await stays(facts, ports, ambient) : await takeBack(ports, facts, ambient)
    if (reason === undefined) throw fault
    return archiveOutcome(request, reason, `${toldOf(endedBy(fault, ambient.signal))}${left}`, facts)
  }
}

async function look(request: ArchiveRequest, ports: ArchivePorts, facts: ArchiveFacts, ambient: Ambient): Promise<BackupOwner> {
  const { archive, store, copy, ledger } = ports
  if (!request.dryRun) for (const folder of await archive.sweep()) ambient.log.info(`Removed \`${folder}\`, which a run that is gone had left.`)
  facts.about = await archive.about()
  const owner = ownerOf(request, facts.about)
  // Before the check, which brings all of it into the archive. Before the first backup all of it would have been lost.
  if ((await archive.backups()).length > 0) facts.lagMs = await archive.lagMs()
  if (!request.dryRun) {
    await archive.check()
    for (const one of copy === undefined ? [store] : [store, copy]) for (const warning of await one.probe()) ambient.log.warn(warning)
    await forgetGone(owner, ports, facts.about.place, ambient)
    await removeLeft(request, ports, facts.about.place, ambient)
  }
  facts.kind = nextKind({ backups: await archive.backups(), receipts: await store.receipts(), place: facts.about.place, fullEveryMs: request.fullEveryMs, now: ambient.clock.now() })
  facts.version = request.version ?? lastLive(await ledger.history(request.environment))?.result?.live?.version ?? ''
  if (request.revision === undefined || request.dryRun) return owner
  const revision = await readRevision(request.revision, request.environment, ambient)
  if (!revision.ok) throw new BackupVerdict('revision-failed', revision.why)
  facts.revision = revision.revision
  return owner
}

export function ownerOf({ app, environment }: Pick<ArchiveRequest, 'app' | 'environment'>, { host, port, database: name, systemIdentifier }: ArchiveAbout): BackupOwner {
  return { app, environment, database: { host, port, name, systemIdentifier } }
}

/** The reasons of a dump, and the one that an archive has of its own. */
export function archiveReason(fault: unknown, phase: Phase, stop: Stop | undefined): BackupReason | undefined {
  const known = reasonOf(fault, phase, stop)
  const done = phase === 'record' || phase === 'retention'
  return !done && stop === undefined && fault instanceof EcluseError && fault.code === 'archive-broken' ? 'archive-broken' : known
}

/** It is in the repository, and has no proof: it goes, and what could not go is told. */
async function takeBack({ archive, store, copy }: ArchivePorts, { backup, receipt }: ArchiveFacts, ambient: Ambient): Promise<string> {
  if (backup === undefined) return ''
  try {
    if (receipt !== undefined) for (const one of copy === undefined ? [store] : [copy, store]) await one.forget(receipt)
    const gone = await archive.expire([backup.label])
    if (!gone.includes(backup.label)) return ` Backup ${backup.label} is still in the repository, and has NO receipt: another backup needs it.`
    ambient.remember('archived', '')
    return ''
  } catch (fault) {
    return ` Backup ${backup.label} is still in the repository, and has NO receipt; the next run tries again to remove it. ${toldOf(fault)}`
  }
}

/** The damage may be in another backup, and this one the only good copy. */
async function stays({ backup }: ArchiveFacts, { archive }: ArchivePorts, ambient: Ambient): Promise<string> {
  if (backup === undefined) return ''
  await archive.unmark(backup.label).catch((fault: unknown) => ambient.log.warn(messageOf(fault)))
  ambient.remember('archived', '')
  return ` Backup ${backup.label} stays in the repository without a receipt.`
}

function endOf({ verified, listedAt }: ArchiveFacts): BackupReason {
  return verified !== undefined ? 'verified' : listedAt !== undefined ? 'listed' : 'unverified'
}

function told({ backup, about, verified, listedAt, exact }: ArchiveFacts): string {
  const where = `Backup ${backup!.label} in ${about!.place}`
  if (verified !== undefined) return `${where} was restored to a moment after it and found equal${exact === true ? '' : ' in all but the number of rows: the server never stood still for an instant to count them at'}.`
  return listedAt === undefined ? `${where} was written, and nobody has read it.` : `${where} was read whole, and not restored.`
}
