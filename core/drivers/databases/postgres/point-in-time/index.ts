import type { BackupPolicy, PgBackRestOptions } from '../../../../domain/backup.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { PointInTime } from '../../../../ports/point-in-time.js'

/** pgBackRest, as it is installed. */
export function pgBackRest(_policy: Pick<BackupPolicy, 'database' | 'through'> & { readonly pointInTime: PgBackRestOptions }, _ambient: Ambient): PointInTime {
  throw new TypeError('not built yet')
}
