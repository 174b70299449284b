/** One backup as a process of its own, for tests that kill it: address, store folder and database name by environment. */
import { postgresDatabase } from '../../core/drivers/databases/postgres/index.js'
import { diskStore } from '../../core/drivers/stores/disk/index.js'
import { backUp } from '../../actions/db-backup/flow.js'
import { backupAmbient } from './backup-ambient.js'
import { fakeLedger } from './fakes/ledger.js'

const { BACKUP_URL: url = '', BACKUP_FOLDER: folder = '' } = process.env
const ambient = backupAmbient({ work: folder, said: Object.assign([], { push: (...lines: string[]) => (process.stdout.write(`${lines.join('\n')}\n`), 0) }) })
const ports = { database: postgresDatabase({ url }, ambient), store: diskStore({ path: folder }, ambient), ledger: fakeLedger(new Map(), ambient) }
const outcome = await backUp({ app: 'shop', environment: 'production', version: '1.0.0' }, ports, ambient)
process.stdout.write(`${outcome.reason}\n`)
