import { endedBy, stoppedBy } from '../../core/delivery/backup/deadline.js'
import { everywhere, isWhole } from '../../core/delivery/backup/pruning.js'
import type { BackupPorts } from '../../core/delivery/backup/request.js'
import { reasonOf } from '../../core/delivery/backup/trouble.js'
import { factsTable } from '../../core/delivery/report.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { newestVerified, type BackupOwner } from '../../core/domain/retention.js'
import { toldOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupOutcome, Reason } from './outcome.js'
import { plainOutcome } from './report.js'
import type { CheckRequest } from './request.js'

type CheckPorts = Pick<BackupPorts, 'database' | 'store' | 'copy'>

/** Mode `check`: what would be lost if the database were lost now. Takes no backup. */
export async function checkAge(request: CheckRequest, ports: CheckPorts, ambient: Ambient): Promise<BackupOutcome> {
  try {
    // 1. Whose backups: exactly this database's.
    const { host, port, name, systemIdentifier } = await ports.database.about()
    const owner = { app: request.app, environment: request.environment, database: { host, port, name, systemIdentifier } }

    // 2. The newest that was restored and found equal.
    const stores = ports.copy === undefined ? [ports.store] : [ports.store, ports.copy]
    const found = await everywhere(stores)
    // An archive that this configuration does not name may be gone, or stand still.
    const newest = newestVerified([...found.keys()].filter(({ kind }) => kind !== 'archive'), owner, ambient.clock.now())
    if (newest === undefined) return answer(request, 'none-verified', `${stores.map(({ place }) => place).join(' and ')}: ${othersIn([...found.keys()], owner)}. If the database were lost now, all of it would be.`)

    // 3. It is more than a receipt.
    const missing = await lacking(newest, ports, found.get(newest)!)
    if (missing.length > 0) return answer(request, 'backup-missing', `\`${newest.object}\`, the newest verified backup, is not whole in ${missing.join(' and ')}.`, newest)

    // 4. Its age is what would be lost.
    const ageMs = ambient.clock.now() - Date.parse(newest.takenAt)
    const limit = readableDuration(request.maxAgeMs)
    const lost = `If the database were lost now, what was written since ${newest.takenAt} would be: ${readableDuration(ageMs)}`
    return ageMs <= request.maxAgeMs
      ? answer(request, 'recent', `${lost}, within the ${limit} that \`max-age\` allows.`, newest, ageMs)
      : answer(request, 'too-old', `${lost}, more than the ${limit} that \`max-age\` allows. Run db-backup, and look why it did not run.`, newest, ageMs)
  } catch (fault) {
    const reason = reasonOf(fault, 'look', stoppedBy(ambient.signal))
    if (reason === undefined) throw fault
    return answer(request, reason === 'dump-failed' ? 'store-failed' : reason, toldOf(endedBy(fault, ambient.signal)))
  }
}

/** Stores that should have a backup and don't. */
async function lacking(receipt: Receipt, { store, copy }: CheckPorts, holders: readonly CheckPorts['store'][]): Promise<readonly string[]> {
  const promised = copy !== undefined && receipt.copies?.some((one) => one.store === copy.place) === true ? [store, copy] : [store]
  const there = await Promise.all(promised.map(async (one) => holders.includes(one) && (await isWhole(one, receipt))))
  return promised.filter((_, index) => there[index] !== true).map(({ place }) => place)
}

function othersIn(receipts: readonly Receipt[], owner: BackupOwner): string {
  const own = receipts.filter(({ app, environment }) => app === owner.app && environment === owner.environment)
  if (own.length === 0) return 'there is no backup of this environment'
  const foreign = own.filter(({ database }) => database.systemIdentifier !== owner.database.systemIdentifier || database.name !== owner.database.name).length
  return `${own.length} backups of this environment, none of them verified and of this database${foreign === 0 ? '' : ` (${foreign} are of another server or database)`}`
}

function answer(request: CheckRequest, reason: Reason, message: string, newest?: Receipt, ageMs?: number): BackupOutcome {
  const age = ageMs === undefined ? {} : { age: String(Math.round(ageMs / 1000)) }
  const known = newest === undefined ? {} : { receipt: JSON.stringify(newest), 'receipt-id': newest.id, object: newest.object, sha256: newest.sha256, bytes: String(newest.bytes), verified: 'true' }
  return plainOutcome(reason, message, { ...known, ...age }, {
    title: `Newest backup of ${request.environment}: ${reason}`,
    parts: [factsTable([
      ['Newest verified backup', newest === undefined ? 'none' : `${newest.id}, restored ${newest.verified?.at ?? ''}`],
      ['Data of', newest?.takenAt ?? 'none'],
      ['Would be lost', ageMs === undefined ? 'not known' : readableDuration(ageMs)],
      ['Allowed', readableDuration(request.maxAgeMs)],
    ])],
  })
}
