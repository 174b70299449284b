// A real PostgreSQL, which `npm ci` brought along; without it, or without the client tools, the story goes on with less.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { engine } from '../../test/support/engines/catalogue.mjs'
import { startPostgres } from '../../test/support/engines/postgres.mjs'

const databases = { staging: 'shop_staging', production: 'shop' }

/** The database part of the story, or why it is left out and what brings it. */
export async function openDatabase() {
  const absent = ['postgres', 'pg-clients'].map((name) => engine(name)).find((state) => 'missing' in state)
  if (absent !== undefined) return { leftOut: `${absent.missing} Bring it with: ${absent.bring}` }
  const server = await startPostgres({ database: databases.production }).catch((fault) => fault)
  if (server instanceof Error) return { leftOut: `PostgreSQL did not start: ${server.message.split('\n')[0]}` }
  try {
    return { database: await prepare(server) }
  } catch (fault) {
    await server.stop()
    throw fault
  }
}

async function prepare(server) {
  const { host, port, user, password } = server
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-demo-pg-'))
  const passFile = path.join(folder, 'pgpass')
  await writeFile(passFile, `${host}:${port}:*:${user}:${password}\n`, { mode: 0o600 })
  await chmod(passFile, 0o600)
  const { default: pg } = await import('pg')
  const ask = async (sql, name = databases.production) => {
    const client = new pg.Client({ host, port, user, password, database: name, connectionTimeoutMillis: 5000 })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  await ask(`CREATE DATABASE ${databases.staging}`)
  return {
    // Where the password is, never the password: settings are no secret and are written down with the release.
    settings: (environment) => ({ PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: databases[environment], PGPASSFILE: passFile }),
    /** What the runner's secrets would hold. */
    secrets: { DATABASE_URL: server.url },
    countOrders: async () => Number((await ask('SELECT count(*) AS count FROM orders'))[0].count),
    loseOrders: async () => Number((await ask('WITH lost AS (DELETE FROM orders WHERE id % 3 = 0 RETURNING 1) SELECT count(*) AS count FROM lost'))[0].count),
    close: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
