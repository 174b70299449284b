/** A run that starts a throw-away cluster, says so, and stays until it is killed. */
import { tmpdir } from 'node:os'
import { postgresDatabase } from '../../core/drivers/databases/postgres/index.js'
import { openScratchHost } from '../../core/drivers/databases/postgres/proof/index.js'
import { backupAmbient } from './backup-ambient.js'

const database = process.env['PROOF_URL'] ?? ''
const ambient = backupAmbient({ work: tmpdir() })
const host = await openScratchHost({ database, proveIn: { kind: 'embedded', programs: process.env['PROOF_PROGRAMS'] ?? '' } }, ambient)
await host.scratch(await postgresDatabase({ url: database }, ambient).traits())
process.stdout.write('there\n')
setInterval(() => undefined, 60_000)
