import { ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { ask } from '../psql.js'
import { asking, type Server } from '../server.js'

const ROOMS = ['/usr/lib/postgresql', '/usr/pgsql-']
const VERSION_MS = 10_000

/** The server's own programs, of its very major version: a restored cluster is read by no other. */
export interface ServerPrograms {
  readonly postgres: string
  readonly control: string
  readonly controlData?: string
}

/** Where the running server has its programs, where packages put them, and what PATH has, in this order. */
export async function serverPrograms(major: number, server: Server | undefined, ambient: Ambient): Promise<ServerPrograms> {
  const own = server === undefined ? undefined : await ownFolder(server)
  const onPath = (await ambient.process.which('postgres'))?.replace(/\/[^/]*$/, '')
  const folders = [own, ...ROOMS.map((room) => (room.endsWith('-') ? `${room}${major}/bin` : `${room}/${major}/bin`)), onPath]
  for (const folder of folders) {
    if (folder !== undefined && (await majorOf(`${folder}/postgres`, ambient)) === major && (await ambient.files.info(`${folder}/pg_ctl`)) !== undefined) {
      const controlData = `${folder}/pg_controldata`
      return { postgres: `${folder}/postgres`, control: `${folder}/pg_ctl`, ...((await ambient.files.info(controlData)) === undefined ? {} : { controlData }) }
    }
  }
  throw new ProcessError('program-missing', {
    message: `No PostgreSQL server of version ${major} is installed here, and the restored cluster can be read by no other.`,
    fix: `Install the package \`postgresql-${major}\`, or run where the server runs.`, argv: ['postgres'], tail: [],
  })
}

/** Only some users may ask; then the usual places must do. */
async function ownFolder(server: Server): Promise<string | undefined> {
  const sql = `SELECT json_build_array(setting) FROM pg_config WHERE name = 'BINDIR' AND has_function_privilege('pg_config()', 'execute');`
  const rows = await ask(asking(server), { what: 'ask for the programs of', code: 'database-refused', sql }).catch(() => [])
  return rows[0]?.[0]
}

async function majorOf(program: string, ambient: Ambient): Promise<number | undefined> {
  if ((await ambient.files.info(program)) === undefined) return undefined
  const { stdout } = await ambient.process.run({ what: `read the version of \`${program}\``, argv: [program, '--version'], timeoutMs: VERSION_MS, accept: [0, 1, 126, 127], inherit: ['LD_LIBRARY_PATH'] })
  const found = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]
  return found === undefined ? undefined : Number(found)
}
