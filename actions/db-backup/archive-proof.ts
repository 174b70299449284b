import { BackupVerdict } from '../../core/delivery/backup/facts.js'
import { compareRestored } from '../../core/domain/archive.js'
import { compareOutlines } from '../../core/domain/fingerprint.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { PointInTime } from '../../core/ports/point-in-time.js'
import type { ArchiveRequest } from './archive.js'
import type { ArchiveFacts } from './archive-report.js'

/** Reads the whole repository, then restores to a moment after the backup that was counted on the real server: backup and changes have to fit. */
export async function proveArchive({ proof, checksums }: ArchiveRequest, archive: PointInTime, facts: ArchiveFacts, ambient: Ambient): Promise<void> {
  if (proof === 'none') return
  ambient.log.step('Prove it: read every file of the repository')
  await archive.verify()
  facts.listedAt = ambient.clock.now()
  if (proof === 'list') return
  ambient.log.step('Count the database, restore a cluster to that moment and compare')
  const what = { checksums }
  const moment = await archive.moment(what)
  facts.moment = moment.at
  facts.exact = moment.exact
  facts.position = moment.position
  if (!moment.exact) ambient.log.warn('The server never stood still for an instant: rows are not compared, only what there is.')
  await archive.check()
  const begun = ambient.clock.now()
  const restored = await archive.restore(moment)
  try {
    const taken = await restored.taken(what)
    const differences = compareRestored(moment.fingerprint, taken.fingerprint, moment)
    if (differences.length > 0) {
      const schema = moment.fingerprint.schema === taken.fingerprint.schema ? [] : compareOutlines(moment.outline, taken.outline)
      facts.differences = [...schema, ...differences.filter(({ kind }) => kind !== 'schema' || schema.length === 0)]
      throw new BackupVerdict('mismatch', `The restored cluster differs from the database in ${facts.differences.length} places.`)
    }
    const { restoreMs } = restored
    facts.verified = { at: ambient.clock.now(), restoreMs, compareMs: ambient.clock.now() - begun - restoreMs, fingerprint: taken.fingerprint, where: 'a throw-away cluster' }
  } finally {
    await restored.close().catch((fault: unknown) => ambient.log.warn(`The restored cluster is left to the next run: ${messageOf(fault)}`))
  }
}
