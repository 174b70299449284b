import type { PgBackRestOptions } from '../../../../domain/backup.js'
import { EcluseError, messageOf, ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { addressOf } from '../address.js'
import { ask } from '../psql.js'
import { asking, type Server } from '../server.js'
import { abandonedPlaces, placeIn, removePlace } from './folder.js'
import { identityFor } from './identity.js'
import { installed } from './program.js'
import { serverPrograms, type ServerPrograms } from './programs.js'
import type { Restoring } from './restored.js'

const CONFIGURATIONS = ['/etc/pgbackrest/pgbackrest.conf', '/etc/pgbackrest.conf']

/** The real server, where it answers: what is restored beside it may be what is left of it. */
async function ifThere(server: () => Promise<Server>, { log, signal }: Ambient): Promise<Server | undefined> {
  try {
    return await server()
  } catch (fault) {
    if (!(fault instanceof EcluseError) || signal.aborted) throw fault
    log.info(`The real server can not be asked, and need not be: ${messageOf(fault)}`)
    return undefined
  }
}

export async function dataFolderOf(server: Server): Promise<string | undefined> {
  const [row] = await ask(asking(server), { what: 'ask for the folder of', code: 'database-refused', sql: `SELECT json_build_array(setting) FROM pg_settings WHERE name = 'data_directory';` })
  return row?.[0]
}

/** All that a restore beside it takes. */
export async function foundBeside({ url, options, major }: { readonly url: string; readonly options: PgBackRestOptions; readonly major: number }, server: () => Promise<Server>, ambient: Ambient): Promise<Restoring> {
  const reached = await ifThere(server, ambient)
  const programs = await serverPrograms(major, reached, ambient)
  const identity = await identityFor(reached === undefined ? await configuredFolder(options, ambient) : await dataFolderOf(reached), ambient)
  return { given: { ...(await installed(ambient)), options, address: reached?.address ?? addressOf(url), identity, ambient }, programs, psql: await psqlFor(programs, reached, ambient) }
}

/** What pgBackRest itself was told of the cluster; only whose it is, is read off there. */
async function configuredFolder({ config, stanza }: PgBackRestOptions, { files }: Ambient): Promise<string | undefined> {
  for (const file of config === undefined ? CONFIGURATIONS : [config]) {
    const lines = ((await files.textIfThere(file)) ?? '').split('\n').map((line) => line.trim())
    const section = lines.slice(lines.indexOf(`[${stanza}]`) + 1)
    const next = section.findIndex((line) => line.startsWith('['))
    const found = /^pg1-path\s*=\s*(.+)$/.exec(section.slice(0, next === -1 ? undefined : next).find((line) => line.startsWith('pg1-path')) ?? '')?.[1]
    if (lines.includes(`[${stanza}]`) && found !== undefined) return found
  }
  return undefined
}

/** That of the real server's clients, else what lies beside the server's programs, else what PATH has. */
export async function psqlFor({ postgres }: ServerPrograms, server: Server | undefined, { files, process }: Ambient): Promise<string> {
  if (server !== undefined) return server.clients.psql
  const beside = postgres.replace(/postgres$/, 'psql')
  if ((await files.info(beside)) !== undefined) return beside
  const onPath = await process.which('psql')
  if (onPath !== undefined) return onPath
  throw new ProcessError('program-missing', { message: '`psql` is neither beside the programs of the server nor on PATH.', fix: 'Install the package `postgresql-client`.', argv: ['psql'], tail: [] })
}

/** Ends and removes what runs restored that are gone. */
export async function sweep(options: PgBackRestOptions, server: () => Promise<Server>, ambient: Ambient): Promise<readonly string[]> {
  const { files, log } = ambient
  const left = await abandonedPlaces(ambient)
  if (left.length === 0) return []
  const reached = await ifThere(server, ambient)
  const identity = await identityFor(reached === undefined ? await configuredFolder(options, ambient) : await dataFolderOf(reached), ambient)
  const swept: string[] = []
  for (const { folder, note } of left) {
    try {
      const written = Number.parseInt((await files.textIfThere(`${placeIn(folder).data}/PG_VERSION`)) ?? '', 10)
      const major = Number.isNaN(written) ? reached?.major : written
      await removePlace(folder, major === undefined ? undefined : await serverPrograms(major, reached, ambient), identity, ambient)
      if (note !== undefined) await files.remove(note)
      swept.push(folder)
    } catch (fault) {
      log.warn(`The folder \`${folder}\` is left to the next run: ${messageOf(fault)}`)
    }
  }
  return swept
}
