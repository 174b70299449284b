/** A real PostgreSQL whose changes a real pgBackRest archives. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pgBackRest } from '../../../core/drivers/databases/postgres/point-in-time/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { PointInTime } from '../../../core/ports/point-in-time.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { clientProgram } from '../../support/database-lab.js'
import { engine, startPostgres, type RunningPostgres } from '../../support/engines/index.js'

export interface ArchiveLab {
  readonly server: RunningPostgres
  readonly url: string
  readonly folder: string
  readonly repository: string
  readonly said: string[]
  readonly remembered: Map<string, string>
  readonly config: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly archive: PointInTime
  /** The driver in surroundings of one's own. */
  open(changes?: { readonly ambient?: Ambient; readonly stanza?: string; readonly database?: string; readonly archiveWithinS?: number }): PointInTime
  ambient(signal?: AbortSignal): Ambient
  sql(text: string): string
  pgbackrest(...args: readonly string[]): string
  /** Sets the server's `archive_command`; without one: back to the good one. */
  archiveBy(command?: string): void
  /** Folders of restored clusters that are there. */
  restored(): readonly string[]
  close(): Promise<void>
}

const STANZA = 'shop'

/** The repository is encrypted; its key is in the environment, as on a runner. */
export async function archiveLab(): Promise<ArchiveLab> {
  const folder = mkdtempSync('/tmp/ecl-arch-')
  const [repository, config] = [path.join(folder, 'repo'), path.join(folder, 'pgbackrest.conf')]
  const program = ownCopy(folder)
  const cipher = randomBytes(12).toString('hex')
  const server = await startPostgres({ settings: ['archive_mode=on', 'wal_level=replica'] })
  const command = `PGBACKREST_REPO1_CIPHER_PASS=${cipher} ${program} --config=${config} --stanza=${STANZA} archive-push %p`
  const { uid, gid } = statSync(server.dataDir)
  const lines = [
    '[global]', `repo1-path=${repository}`, 'repo1-cipher-type=aes-256-cbc', 'log-level-file=off', `lock-path=${path.join(folder, 'lock')}`, 'compress-type=zst', 'repo1-retention-full=9999999',
    `[${STANZA}]`, `pg1-path=${server.dataDir}`, `pg1-socket-path=${path.join(path.dirname(server.dataDir), 's')}`, `pg1-port=${server.port}`, 'pg1-user=postgres', '',
  ]
  writeFileSync(config, lines.join('\n'))
  for (const made of [repository, path.join(folder, 'lock')]) {
    mkdirSync(made)
    chownSync(made, uid, gid)
  }
  // Labs that run at the same time see nothing of each other's restored clusters.
  const room = path.join(folder, 't')
  mkdirSync(room)
  chmodSync(room, 0o1777)
  const env = { ...process.env, TMPDIR: room, PATH: `${path.dirname(program)}:${process.env['PATH']}`, PGBACKREST_REPO1_CIPHER_PASS: cipher, PGPASSWORD: server.password }
  const [said, remembered] = [[] as string[], new Map<string, string>()]
  const ambient = (signal?: AbortSignal): Ambient => {
    const around = backupAmbient({ work: folder, said, remembered, env, ...(signal === undefined ? {} : { signal }) })
    return { ...around, files: { ...around.files, temporary: async (prefix) => mkdtempSync(path.join(room, prefix)) } }
  }
  const open: ArchiveLab['open'] = (changes = {}) => pgBackRest(
    { database: changes.database ?? server.url, pointInTime: { stanza: changes.stanza ?? STANZA, config, fullEveryMs: 604_800_000 } }, changes.ambient ?? ambient(), { archiveWithinS: changes.archiveWithinS ?? 30 },
  )
  const asOwner = (argv: readonly string[], extra: Record<string, string> = {}): string => {
    const { status, stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8', env: { ...env, LC_ALL: 'C', PGPASSWORD: server.password, ...extra }, ...(process.getuid?.() === 0 ? { uid, gid } : {}) })
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
    return stdout.trim()
  }
  const pgbackrest = (...args: readonly string[]): string => asOwner([program, `--config=${config}`, `--stanza=${STANZA}`, ...args])
  pgbackrest('stanza-create')
  const archiveBy = (by = command): void => void sqlAt(server, `ALTER SYSTEM SET archive_command = '${by}'; SELECT pg_reload_conf();`)
  archiveBy()
  return {
    server, url: server.url, folder, repository, config, said, remembered, env, ambient, open, pgbackrest, archiveBy,
    archive: open(),
    sql: (text) => sqlAt(server, text),
    restored: () => readdirSync(room).filter((name) => name.startsWith('ecluse-pit-')).map((name) => path.join(room, name)),
    async close() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Where the server's user can read and run it. */
function ownCopy(folder: string): string {
  const found = engine('pgbackrest')
  if (!('path' in found)) throw new Error(found.missing)
  chmodSync(folder, 0o755)
  const copy = path.join(folder, 'program')
  cpSync(path.dirname(path.dirname(found.path)), copy, { recursive: true, verbatimSymlinks: true })
  chmodSync(copy, 0o755)
  return path.join(copy, 'bin', 'pgbackrest')
}

function sqlAt({ host, port, user, password }: RunningPostgres, text: string): string {
  const argv = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', host, '-p', String(port), '-U', user, '-d', 'postgres']
  const { status, stdout, stderr } = spawnSync(clientProgram('psql'), argv, { env: { ...process.env, PGPASSWORD: password }, input: text, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** The value that a restored cluster's database gives for a question. */
export function inRestored(url: string, text: string): string {
  const { status, stdout, stderr } = spawnSync(clientProgram('psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', url], { input: text, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}
