import { lastLive } from '../../domain/history.js'
import { EcluseError, FileError, messageOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { ScratchHost } from '../../ports/scratch-host.js'
import { BackupVerdict, type BackupFacts } from './facts.js'
import { planOf } from './plan.js'
import type { BackupPorts, BackupRequest } from './request.js'
import { readRevision } from './revision.js'

/** Clears away what dead runs left, then looks whether all that is needed is there. Nothing of a backup is written. */
export async function look(request: BackupRequest, ports: BackupPorts, host: ScratchHost | undefined, facts: BackupFacts, ambient: Ambient): Promise<void> {
  const { database, store, copy, ledger } = ports
  const stores = copy === undefined ? [store] : [store, copy]
  refuseOpenBackups(request, stores)
  facts.about = await database.about()
  if (!request.dryRun) await sweep(ports, host, ambient)
  const rooms = await Promise.all(stores.map((one) => one.room()))
  facts.plan = planOf(request, facts.about, stores.map(({ place }, index) => ({ place, room: rooms[index] })), host?.place)
  for (const line of facts.plan) ambient.log.info(line)
  for (const [index, { place }] of stores.entries()) roomFor(place, rooms[index], facts.about.bytes)
  facts.warnings = await warningsOf(request, stores, ambient)
  facts.version = request.version ?? (await liveVersion(request.environment, ledger, ambient))
  if (request.revision === undefined || request.dryRun) return
  const revision = await readRevision(request.revision, request.environment, ambient)
  if (!revision.ok) throw new BackupVerdict('revision-failed', revision.why)
  facts.revision = revision.revision
}

/** A backup is worth more than the name of the release in its receipt: without the record it goes on, and ends as `record-failed` if that stays away. */
async function liveVersion(environment: string, ledger: BackupPorts['ledger'], ambient: Ambient): Promise<string> {
  try {
    return lastLive(await ledger.history(environment))?.result?.live?.version ?? ''
  } catch (fault) {
    if (!(fault instanceof EcluseError) || ambient.signal.aborted) throw fault
    ambient.log.warn(`The ledger could not be read, so that the receipt does not say which release is live: ${messageOf(fault)}`)
    return ''
  }
}

function refuseOpenBackups({ encryptTo, allowUnencrypted }: BackupRequest, stores: readonly BackupStore[]): void {
  const away = stores.filter(({ outside }) => outside).map(({ place }) => place)
  if (encryptTo.length > 0 || allowUnencrypted || away.length === 0) return
  throw new BackupVerdict('unencrypted', `A backup would leave this machine for ${away.join(' and ')}, and whoever reads it there reads everything. Name who may open it with \`encrypt-to\`, or say \`allow-unencrypted: true\`.`)
}

async function sweep({ database, store, copy }: BackupPorts, host: ScratchHost | undefined, ambient: Ambient): Promise<void> {
  const swept = [database, ...(host === undefined ? [] : [host]), store, ...(copy === undefined ? [] : [copy])]
  for (const one of swept) for (const name of await one.sweep()) ambient.log.info(`Removed \`${name}\`, which a run that is gone had left.`)
}

async function warningsOf({ encryptTo, dryRun }: BackupRequest, stores: readonly BackupStore[], ambient: Ambient): Promise<readonly string[]> {
  const open = encryptTo.length > 0 ? [] : stores.filter(({ outside }) => outside).map(({ place }) => `Backups leave this machine for ${place} as they are: whoever reads them there reads everything. \`allow-unencrypted\` says so.`)
  // A probe writes, and a dry run does not.
  const found = dryRun ? [] : (await Promise.all(stores.map((one) => one.probe()))).flat()
  for (const warning of [...open, ...found]) ambient.log.warn(warning)
  return [...open, ...found]
}

/** Dumps compress to a seventh as a rule: with less than a tenth free there is no use in trying. */
function roomFor(place: string, room: number | undefined, bytes: number): void {
  if (room === undefined || room >= bytes / 10) return
  throw new FileError('disk-full', {
    message: `${place} has ${(room / 1e6).toFixed(0)} MB free, and the database has ${(bytes / 1e6).toFixed(0)} MB on its server.`, path: place,
  })
}
