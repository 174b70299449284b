import type { BackupPolicy } from '../../../../domain/backup.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { ScratchHost } from '../../../../ports/scratch-host.js'

/** Where copies are restored for proof. */
export function openScratchHost(_policy: Pick<BackupPolicy, 'database' | 'through' | 'proveIn'>, _ambient: Ambient): Promise<ScratchHost> {
  throw new TypeError('not built yet')
}
