/** One restore in place as a process of its own, for tests that kill it: address, folders and name by environment. */
import { restore } from '../../actions/db-restore/flow.js'
import { usualBackup } from '../../core/domain/backup.js'
import { postgresDatabase } from '../../core/drivers/databases/postgres/index.js'
import { fileLedger } from '../../core/drivers/ledger/file/index.js'
import { diskStore } from '../../core/drivers/stores/disk/index.js'
import { backupAmbient } from './backup-ambient.js'
import { production } from './restore-place.js'

const { RESTORE_URL: url = '', RESTORE_FOLDER: folder = '', RESTORE_LEDGER: ledger = '', RESTORE_CONFIRM: confirm = '' } = process.env
const ambient = backupAmbient({ work: folder, said: Object.assign([], { push: (...lines: string[]) => (process.stdout.write(`${lines.join('\n')}\n`), 0) }) })
const never = async (): Promise<never> => { throw new Error('not asked for') }
const outcome = await restore({
  environment: production, policy: usualBackup(url, { name: 'disk', path: folder }), mode: 'restore', target: 'in-place', confirm, unverified: false, safetyBackup: true, forward: false, dryRun: false, startedAt: Date.now(),
}, {
  stores: [async () => diskStore({ path: folder }, ambient)], database: async () => postgresDatabase({ url }, ambient), ledger: async (under) => fileLedger({ folder: ledger }, under), encryption: never, archive: never, cache: never, platform: never,
}, ambient)
process.stdout.write(`${outcome.reason}\n`)
