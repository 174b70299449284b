/** A real PostgreSQL with a database of its own, for tests of everything around backups. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Database, Scratch } from '../../core/ports/database.js'
import { backupAmbient, bytes, collected } from './backup-ambient.js'
import { engine, startPostgres, type RunningPostgres } from './engines/index.js'

export interface DatabaseLab {
  readonly server: RunningPostgres
  readonly work: string
  readonly ambient: Ambient
  /** Everything that was logged, remembered or marked as secret. */
  readonly said: string[]
  readonly remembered: Map<string, string>
  /** A new empty database; its address. */
  database(name?: string): string
  /** A new empty database of a role that is no superuser, made when it is not there; its address for that role. */
  ownedBy(role: string, name: string): string
  /** Runs statements and returns what they print. */
  sql(text: string, database?: string): string
  /** Names of the databases that exist. */
  databases(): readonly string[]
  close(): Promise<void>
}

/** Of another major than the usual one, with the clients of a folder and with more settings of the server, when they are named. */
export interface LabOptions {
  readonly major?: 16 | 17 | 18
  readonly clients?: string
  readonly settings?: readonly string[]
}

export async function databaseLab({ major, clients, settings = [] }: LabOptions = {}): Promise<DatabaseLab> {
  const server = await startPostgres({ settings, ...(major === undefined ? {} : { major }) })
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-backup-'))
  const said: string[] = []
  const remembered = new Map<string, string>()
  const psql = clientProgram('psql')
  const sql = (text: string, database = 'postgres'): string => {
    const env = { ...process.env, PGPASSWORD: server.password }
    const argv = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', server.host, '-p', String(server.port), '-U', server.user, '-d', database]
    const { status, stdout, stderr } = spawnSync(psql, argv, { env, input: text, encoding: 'utf8', maxBuffer: 1 << 26 })
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  return {
    server, work, said, remembered, sql,
    ambient: backupAmbient({ work, said, remembered, ...(clients === undefined ? {} : { env: { ...process.env, PATH: `${clients}:${process.env['PATH']}` } }) }),
    database(name = `db_${randomBytes(4).toString('hex')}`) {
      sql(`CREATE DATABASE "${name.replaceAll('"', '""')}";`)
      return addressOf(server, { database: name })
    },
    ownedBy(role, name) {
      const password = `of-${role}`
      if (sql(`SELECT 1 FROM pg_roles WHERE rolname = '${role}'`) === '') sql(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD '${password}' IN ROLE pg_signal_backend;`)
      sql(`CREATE DATABASE ${name} OWNER ${role};`)
      return addressOf(server, { user: role, password, database: name })
    },
    databases: () => sql('SELECT datname FROM pg_database ORDER BY 1').split('\n'),
    async close() {
      await server.stop()
      await rm(work, { recursive: true, force: true })
    },
  }
}

/** A scratch database with what the real one holds. */
export async function restoredCopy(database: Database): Promise<Scratch> {
  const dump = await database.dump()
  const content = await collected(dump.content)
  await dump.close()
  const scratch = await database.scratch()
  await scratch.restore(bytes(content))
  return scratch
}

export function addressOf(server: RunningPostgres, changes: Partial<Pick<RunningPostgres, 'user' | 'password' | 'database' | 'port'>>): string {
  const { user, password, host, port, database } = { ...server, ...changes }
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`
}

export function clientProgram(name: 'psql' | 'pg_dump' | 'pg_restore'): string {
  const clients = engine('pg-clients')
  return 'path' in clients && existsSync(clients.path) ? path.join(clients.path, name) : name
}
