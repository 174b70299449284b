import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Database, Dump } from '../../../core/ports/database.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { clientProgram, databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

/** More than all pipes and compressors hold, so that a dump is still under way when its first bytes arrive. */
const MUCH = `CREATE TABLE much (n int PRIMARY KEY, a text); INSERT INTO much SELECT n, ${Array.from({ length: 32 }, () => 'md5(random()::text)').join(' || ')} FROM generate_series(1, 120000) n;`

withEngines(['postgres', 'pg-clients', 'zstd'], 'PostgreSQL, when something is cut', () => {
  let lab: DatabaseLab
  let url = ''
  beforeAll(async () => {
    lab = await databaseLab()
    url = lab.database('shop')
    lab.sql(MUCH, 'shop')
  })
  afterAll(() => lab.close())

  const failure = async (work: Promise<unknown>): Promise<unknown> => {
    const thrown: unknown = await work.then(() => undefined, (fault: unknown) => fault)
    if (!(thrown instanceof Error)) throw new Error('it did not fail')
    return { ...Object.fromEntries(Object.entries(thrown)), message: thrown.message }
  }
  /** Reads a dump, and does something when its first bytes are here. */
  const cutShort = async (database: Database, act: () => void): Promise<unknown> => {
    const dump = await database.dump()
    try {
      return await failure(readAnd(dump, act))
    } finally {
      await dump.close()
    }
  }
  /** Clients that note their process, below surroundings with a folder of their own for temporary files. */
  const watched = (name: string): { ambient: Ambient; temp: string; pid: (program: string) => number | undefined } => {
    const [folder, temp] = [path.join(lab.work, `${name}-bin`), path.join(lab.work, `${name}-temp`)]
    for (const made of [folder, temp]) mkdirSync(made)
    for (const program of ['psql', 'pg_dump', 'pg_restore'] as const) {
      writeFileSync(path.join(folder, program), `#!/bin/sh\necho $$ > ${folder}/${program}.pid\nexec ${clientProgram(program)} "$@"\n`)
      chmodSync(path.join(folder, program), 0o755)
    }
    const ambient = backupAmbient({ work: lab.work, env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` } })
    return {
      ambient: { ...ambient, paths: { ...ambient.paths, temp }, files: { ...ambient.files, list: (at) => (at === '/usr/lib/postgresql' ? Promise.resolve([]) : ambient.files.list(at)) } },
      temp,
      pid: (program) => {
        const note = path.join(folder, `${program}.pid`)
        const text = existsSync(note) ? readFileSync(note, 'utf8').trim() : ''
        return text === '' ? undefined : Number(text)
      },
    }
  }
  const ended = (which: string): string => lab.sql(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'shop' AND backend_type = 'client backend' AND ${which}`)

  test('the connection of the dump', async () => {
    const database = postgresDatabase({ url }, lab.ambient)
    let hit = ''
    const fault = await cutShort(database, () => (hit = ended(`query LIKE 'COPY %'`)))
    expect(hit).toBe('1')
    expect(fault).toMatchObject({ code: 'connection-lost', message: expect.stringMatching(/Could not dump .*(terminating connection|closed the connection|PQgetCopyData)/) })
  })

  test('the connection that holds the moment: a dump that nothing compares with is none', async () => {
    const database = postgresDatabase({ url }, lab.ambient)
    const dump = await database.dump()
    let hit = ''
    const reading = failure(readAnd(dump, () => (hit = ended(`query NOT LIKE 'COPY %'`))))
    expect(await reading).toMatchObject({ code: 'connection-lost' })
    expect(hit).toBe('1')
    await dump.close()
  })

  test.each(['pg_dump', 'pg_restore'] as const)('%s, by kill -9', async (program) => {
    const { ambient, temp, pid } = watched(program)
    const database = postgresDatabase({ url }, ambient)
    if (program === 'pg_dump') {
      expect(await cutShort(database, () => process.kill(pid('pg_dump')!, 'SIGKILL'))).toMatchObject({ code: 'dump-failed', message: expect.stringContaining('the client was ended by SIGKILL') })
      return
    }
    const dump = await database.dump()
    const content = await collected(dump.content)
    await dump.close()
    for (const jobs of [1, 2]) {
      const scratch = await database.scratch()
      const before = pid('pg_restore')
      const restoring = failure(scratch.restore(bytes(content), { jobs, bytes: content.length }))
      // Its note is empty for a moment.
      let now = pid('pg_restore')
      for (; now === undefined || now === before; now = pid('pg_restore')) await pause(5)
      process.kill(now, 'SIGKILL')
      expect(await restoring).toMatchObject({ code: 'restore-failed', message: expect.stringContaining('the client was ended by SIGKILL') })
      await scratch.drop()
      expect(lab.databases()).not.toContain(scratch.name)
    }
    expect(readdirSync(temp)).toEqual([])
  })

  test('a count that takes long does not keep a dump that failed from being closed', async () => {
    const database = postgresDatabase({ url }, lab.ambient)
    const dump = await database.dump({ checksums: true })
    const backend = Number(lab.sql(`SELECT pid FROM pg_locks WHERE relation = 'much'::regclass AND mode = 'AccessShareLock' AND pid <> pg_backend_pid()`, 'shop'))
    expect(backend).toBeGreaterThan(1)
    process.kill(backend, 'SIGSTOP')
    try {
      const counting = dump.taken().then(() => undefined, (fault: unknown) => fault)
      await dump.close()
      expect(await counting).toMatchObject({ code: 'dump-failed' })
    } finally {
      process.kill(backend, 'SIGCONT')
    }
  })

  const mounted = (disk: string): boolean => process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status === 0
  test('the room for files, while they are written', async () => {
    const disk = path.join(lab.work, 'small')
    mkdirSync(disk)
    // Only root may make a small disk; without one there is nothing to see here.
    if (!mounted(disk)) return
    try {
      const ambient: Ambient = { ...lab.ambient, paths: { ...lab.ambient.paths, temp: disk }, files: { ...lab.ambient.files, room: () => Promise.resolve(1e12) } }
      const database = postgresDatabase({ url }, ambient)
      const folder = await database.dump({ format: 'directory', jobs: 2 })
      expect(await failure(collected(folder.content))).toMatchObject({ code: 'disk-full', message: expect.stringContaining(disk), fix: expect.stringContaining('custom') })
      await folder.close()
      const dump = await database.dump()
      const content = await collected(dump.content)
      await dump.close()
      const scratch = await database.scratch()
      expect(await failure(scratch.restore(bytes(content)))).toMatchObject({ code: 'disk-full' })
      await scratch.restore(bytes(content), { jobs: 1 })
      await scratch.drop()
      expect(readdirSync(disk)).toEqual([])
    } finally {
      spawnSync('umount', [disk])
    }
  })

  test('a run that is gone: the next one removes its files, not those of a living one', async () => {
    const { ambient, temp } = watched('swept')
    const [dead, living, unsaid] = ['ecluse_spool_mabcdefg00000001', 'ecluse_spool_mabcdefg00000002', 'ecluse_spool_00000000aaaaaaaa'].map((name) => path.join(temp, name))
    for (const folder of [dead!, living!, unsaid!]) mkdirSync(path.join(folder, 'dump'), { recursive: true })
    const { id: run, host, pid, started } = ambient.run
    const note = { run, host, pid, started, at: ambient.clock.now() }
    const gone = spawnSync(process.execPath, ['-e', 'process.stdout.write(String(process.pid))'], { encoding: 'utf8' }).stdout
    writeFileSync(path.join(dead!, 'owner.json'), JSON.stringify({ ...note, pid: Number(gone), started: 'then' }))
    writeFileSync(path.join(living!, 'owner.json'), JSON.stringify(note))
    const swept = await postgresDatabase({ url }, ambient).sweep()
    expect(swept).toEqual(['ecluse_spool_00000000aaaaaaaa', 'ecluse_spool_mabcdefg00000001'])
    expect(readdirSync(temp)).toEqual(['ecluse_spool_mabcdefg00000002'])
  })
})

async function readAnd({ content }: Dump, act: () => void): Promise<void> {
  let first = true
  for await (const chunk of content) {
    if (first && chunk.length > 0) act()
    first = false
  }
}
