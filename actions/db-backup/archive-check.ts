import { endedBy, stoppedBy } from '../../core/delivery/backup/deadline.js'
import { everywhere } from '../../core/delivery/backup/pruning.js'
import { factsTable } from '../../core/delivery/report.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { isOwnedBy, newestVerified } from '../../core/domain/retention.js'
import { toldOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { archiveReason, ownerOf, type ArchivePorts } from './archive.js'
import type { BackupOutcome, Reason } from './outcome.js'
import { plainOutcome } from './report.js'
import type { CheckRequest } from './request.js'

/** Mode `check` for an archive: what would be lost now is what it has not got yet, as long as there is a verified backup to go through the changes from. */
export async function checkArchive(request: CheckRequest, { archive, store, copy }: Pick<ArchivePorts, 'archive' | 'store' | 'copy'>, ambient: Ambient): Promise<BackupOutcome> {
  try {
    // 1. A verified backup, which is still in the archive.
    const about = await archive.about()
    const owner = ownerOf(request, about)
    const receipts = [...(await everywhere(copy === undefined ? [store] : [store, copy])).keys()].filter((receipt) => receipt.kind === 'archive' && receipt.store === about.place && isOwnedBy(receipt, owner))
    const newest = newestVerified(receipts, owner, ambient.clock.now())
    if (newest === undefined) return answer(request, 'none-verified', `${about.place} has no backup that was restored and found equal.`)
    if (!(await archive.backups()).some(({ label }) => label === newest.object)) return answer(request, 'backup-missing', `Backup ${newest.object}, the newest verified one, is not in ${about.place}.`, newest)

    // 2. The archive gets what changes: what is not in it would be lost.
    const lagMs = await archive.lagMs()
    const lost = lagMs === 0 ? 'If the server were lost now, nothing would be: the archive has every change' : `If the server were lost now, what was written in the last ${readableDuration(lagMs)} would be`
    const limit = readableDuration(request.maxAgeMs)
    return lagMs <= request.maxAgeMs
      ? answer(request, 'recent', `${lost}, within the ${limit} that \`max-age\` allows.`, newest, lagMs)
      : answer(request, 'too-old', `${lost}, more than the ${limit} that \`max-age\` allows. Look at the archiver of the server.`, newest, lagMs)
  } catch (fault) {
    const reason = archiveReason(fault, 'look', stoppedBy(ambient.signal))
    if (reason === undefined) throw fault
    return answer(request, reason === 'dump-failed' ? 'store-failed' : reason, toldOf(endedBy(fault, ambient.signal)))
  }
}

function answer(request: CheckRequest, reason: Reason, message: string, newest?: Receipt, lagMs?: number): BackupOutcome {
  const seconds = lagMs === undefined ? {} : { age: String(Math.round(lagMs / 1000)), lag: (lagMs / 1000).toFixed(1) }
  const known = newest === undefined ? {} : { receipt: JSON.stringify(newest), 'receipt-id': newest.id, object: newest.object, bytes: String(newest.bytes), verified: 'true' }
  return plainOutcome(reason, message, { ...known, ...seconds }, {
    title: `Archive of ${request.environment}: ${reason}`,
    parts: [factsTable([
      ['Newest verified backup', newest === undefined ? 'none' : `${newest.object}, restored ${newest.verified?.at ?? ''}`],
      ['Would be lost', lagMs === undefined ? 'not known' : readableDuration(lagMs)],
      ['Allowed', readableDuration(request.maxAgeMs)],
    ])],
  })
}
