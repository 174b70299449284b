import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { archiveReason } from '../../../actions/db-backup/archive.js'
import { pgBackRest } from '../../../core/drivers/databases/postgres/point-in-time/index.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { programsWith, type Running } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { archiveLab, type ArchiveLab } from './lab.js'

const until = async (so: () => boolean): Promise<void> => {
  for (let left = 600; !so(); left -= 1) {
    if (left === 0) throw new Error('it did not become so')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

withEngines(['postgres', 'pg-clients', 'pgbackrest'], 'pgBackRest, when something is wrong', () => {
  let lab: ArchiveLab
  let script: string
  beforeAll(async () => {
    lab = await archiveLab()
    lab.sql(`CREATE TABLE orders AS SELECT n, md5(n::text) AS what FROM generate_series(1, 20000) n`)
    script = path.join(lab.folder, 'child.mjs')
    await build({ entryPoints: ['test/contract/archive/child.ts'], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' })
  })
  afterAll(() => lab.close())

  const copiers = (): readonly Running[] => programsWith(lab.config).filter(({ line }) => line.includes(' backup'))
  const child = (doing: 'backup' | 'restore'): ChildProcess => spawn(process.execPath, [script, doing, lab.url, lab.config, lab.folder], { env: { ...process.env, ...lab.env }, stdio: ['ignore', 'pipe', 'inherit'] })

  test('a stanza that is not there', async () => {
    await expect(lab.open({ stanza: 'nowhere' }).backups()).rejects.toMatchObject({ code: 'archive-broken', message: expect.stringContaining('nowhere') })
  })

  test('no pgBackRest on this machine', async () => {
    const ambient = backupAmbient({ work: lab.folder, env: { ...process.env, PATH: '/usr/bin:/bin' } })
    await expect(lab.open({ ambient: { ...ambient, process: { ...ambient.process, which: () => Promise.resolve(undefined) } } }).about()).rejects.toMatchObject({ code: 'program-missing', fix: expect.stringContaining('pgbackrest') })
  })

  test.each([
    ['2.40', /pgBackRest 2\.40, and 2\.41 or newer is needed/],
    ['1.99', /pgBackRest 1\.99, and 2\.41/],
    ['unknown', /its version is "unknown", which is none, and 2\.41/],
  ])('version %s: said before anything else is asked of it', async (version, said) => {
    const folder = mkdtempSync(path.join(lab.folder, 'old-'))
    const asked = path.join(folder, 'asked')
    writeFileSync(path.join(folder, 'pgbackrest'), `#!/bin/sh\necho "$1" >> ${asked}\necho "pgBackRest ${version}"\n`, { mode: 0o755 })
    const ambient = backupAmbient({ work: lab.folder, env: { ...lab.env, PATH: `${folder}:${lab.env['PATH']}` } })
    const fault = { code: 'client-too-old', message: expect.stringMatching(said) }
    await expect(lab.open({ ambient }).about()).rejects.toMatchObject(fault)
    await expect(lab.open({ ambient }).backup('full')).rejects.toMatchObject(fault)
    expect(readFileSync(asked, 'utf8')).toBe('version\nversion\n')
    expect(archiveReason(await lab.open({ ambient }).about().catch((thrown: unknown) => thrown), 'look', undefined)).toBe('client-too-old')
  })

  test('a place elsewhere', () => {
    expect(() => pgBackRest({ database: lab.url, through: { kind: 'docker', container: 'db' }, pointInTime: { stanza: 'shop', fullEveryMs: 1 } }, lab.ambient()))
      .toThrow(expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining('through.docker') }))
  })

  test('an archive that gets nothing any more: by its check, and by its lag', async () => {
    lab.archiveBy('echo pgbackrest; exit 1')
    try {
      await expect(lab.open({ archiveWithinS: 2 }).check()).rejects.toMatchObject({ code: 'archive-broken' })
      lab.sql('CREATE TABLE unseen (a int); SELECT pg_switch_wal();')
      await until(() => lab.sql(`SELECT last_failed_time > coalesce(last_archived_time, '-infinity') FROM pg_stat_archiver`) === 't')
      const failing = { code: 'archive-broken', message: expect.stringMatching(/can not archive: its last attempt failed, on `0{7}1/) }
      await expect(lab.archive.lagMs()).rejects.toMatchObject(failing)
      await expect(lab.archive.check()).rejects.toMatchObject(failing)
    } finally {
      lab.archiveBy()
    }
    await until(() => lab.sql(`SELECT last_archived_time > last_failed_time FROM pg_stat_archiver`) === 't')
    await lab.archive.check()
  })

  test('two backups at once: one is told that another is at work', async () => {
    const [first, second] = await Promise.allSettled([lab.archive.backup('full'), lab.open().backup('full')])
    const refused = [first, second].filter((one) => one.status === 'rejected')
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({ reason: { code: 'dump-failed', fix: expect.stringContaining('Another pgBackRest') } })
    expect(await lab.archive.backups()).toHaveLength(1)
  })

  test('a backup killed in the middle: the next one is whole', async () => {
    const before = (await lab.archive.backups()).length
    const killed = child('backup')
    for await (const chunk of killed.stdout!) if (String(chunk).includes('ready')) break
    const copying = path.join(lab.repository, 'backup', 'shop')
    await until(() => copiers().some(({ line }) => line.includes(' backup ')) && readdirSync(copying).length > 2)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    for (const { pid } of copiers()) end(pid)
    await until(() => copiers().length === 0)
    expect(await lab.archive.backups()).toHaveLength(before)
    await lab.archive.backup('full')
    expect(await lab.archive.backups()).toHaveLength(before + 1)
    await lab.archive.verify()
  })

  test('a restored cluster whose run was killed is ended and removed by the next', async () => {
    const killed = child('restore')
    for await (const chunk of killed.stdout!) if (String(chunk).includes('restored')) break
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const [left] = lab.restored()
    expect(programsWith(`${left!}/data`)).not.toEqual([])
    expect(await lab.archive.sweep()).toEqual([left])
    expect(programsWith(`${left!}/data`)).toEqual([])
    expect(existsSync(left!)).toBe(false)
    expect(await lab.archive.sweep()).toEqual([])
  })

  test('a cancelled restore leaves nothing', async () => {
    const cancel = new AbortController()
    const restoring = lab.open({ ambient: lab.ambient(cancel.signal) }).restore().then(() => 'restored', () => 'ended')
    await until(() => lab.restored().some((folder) => existsSync(path.join(folder, 'data', 'PG_VERSION'))))
    cancel.abort()
    expect(await restoring).toBe('ended')
    expect(lab.restored()).toEqual([])
  })

  test('a damaged file in the repository is found by reading it', async () => {
    const folder = path.join(lab.repository, 'backup', 'shop')
    const largest = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name)).filter((file) => file.includes('pg_data/base') && statSync(file).isFile()).toSorted((a, b) => statSync(b).size - statSync(a).size)[0]!
    const whole = readFileSync(largest)
    const damaged = Buffer.from(whole)
    damaged[Math.floor(damaged.length / 2)]! ^= 1
    writeFileSync(largest, damaged)
    await expect(lab.archive.verify()).rejects.toMatchObject({ code: 'backup-corrupt', message: expect.stringContaining(`${path.relative(folder, largest).split('/')[0]}, status: invalid`) })
    writeFileSync(largest, whole)
    await lab.archive.verify()
  })
})

/** What a machine's end would have taken along. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
