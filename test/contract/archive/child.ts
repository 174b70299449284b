/** A run of its own, to be killed: takes a backup or restores one, and says when it is at it. */
import { backupAmbient } from '../../support/backup-ambient.js'
import { pgBackRest } from '../../../core/drivers/databases/postgres/point-in-time/index.js'

const [, , doing = '', database = '', config = '', work = ''] = process.argv

const archive = pgBackRest({ database, pointInTime: { stanza: 'shop', config, fullEveryMs: 1 } }, backupAmbient({ work }))
await archive.about()
process.stdout.write('ready\n')
if (doing === 'backup') await archive.backup('full')
else {
  await archive.restore()
  process.stdout.write('restored\n')
  await new Promise((resolve) => setTimeout(resolve, 600_000))
}
