/**
 * One backup as a process of its own, for tests that kill it: address, store folder and working folder by environment. It stays before its
 * receipt, so that no machine is fast enough to end it before it is killed.
 */
import { postgresDatabase } from '../../core/drivers/databases/postgres/index.js'
import { diskStore } from '../../core/drivers/stores/disk/index.js'
import { backUp } from '../../actions/db-backup/flow.js'
import { ageEncryption } from '../../core/drivers/encryption/age/index.js'
import { backupAsked } from '../../core/delivery/backup/request.js'
import { usualBackup } from '../../core/domain/backup.js'
import { backupAmbient } from './backup-ambient.js'
import { fakeLedger } from './fakes/ledger.js'

const { BACKUP_URL: url = '', BACKUP_FOLDER: folder = '', BACKUP_WORK: work = '' } = process.env
const ambient = backupAmbient({ work, said: Object.assign([], { push: (...lines: string[]) => (process.stdout.write(`${lines.join('\n')}\n`), 0) }) })
const database = postgresDatabase({ url }, ambient)
const host = { place: 'the same server', scratch: () => database.scratch(), sweep: () => database.sweep(), close: () => Promise.resolve() }
const opened = { scratchHost: () => Promise.resolve(host), encryption: () => Promise.resolve(ageEncryption()) }
setInterval(() => undefined, 60_000)
const store = { ...diskStore({ path: folder }, ambient), writeReceipt: () => new Promise<never>(() => undefined) }
const ports = { database, store, ledger: fakeLedger(new Map(), ambient), ...opened }
const asked = backupAsked(usualBackup(url, { name: 'disk', path: folder }))
const outcome = await backUp({ ...asked, app: 'shop', environment: 'production', version: '1.0.0', dryRun: false }, ports, ambient)
process.stdout.write(`${outcome.reason}\n`)
