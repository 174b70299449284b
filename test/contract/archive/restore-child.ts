/** A restore of a cluster as a process of its own, to be killed: says what it does. */
import { restore } from '../../../actions/db-restore/flow.js'
import { usualBackup } from '../../../core/domain/backup.js'
import { pgBackRest } from '../../../core/drivers/databases/postgres/point-in-time/index.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { production } from '../../support/restore-place.js'

const [, , database = '', config = '', work = '', receipts = '', folder = ''] = process.argv
const pointInTime = { stanza: 'shop', config, fullEveryMs: 1 }
const ambient = backupAmbient({ work, said: Object.assign([], { push: (...lines: string[]) => (process.stdout.write(`${lines.join('\n')}\n`), 0) }) })
const never = async (): Promise<never> => { throw new Error('not asked for') }
const outcome = await restore({
  environment: production, policy: { ...usualBackup(database, { name: 'disk', path: receipts }), pointInTime }, mode: 'restore', target: 'new-cluster', folder, unverified: false, safetyBackup: true, forward: false, dryRun: false, startedAt: Date.now(),
}, {
  stores: [async () => diskStore({ path: receipts }, ambient)], archive: async () => pgBackRest({ database, pointInTime }, ambient),
  ledger: async (under) => fileLedger({ folder: `${work}/ledger` }, under), database: never, encryption: never, cache: never, platform: never,
}, ambient)
process.stdout.write(`${outcome.reason}\n`)
