import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import type { ScratchPlace } from '../../../core/domain/backup.js'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { openScratchHost } from '../../../core/drivers/databases/postgres/proof/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { ScratchHost } from '../../../core/ports/scratch-host.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { addressOf, databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { postgresFiles } from '../../support/engines/postgres-files.mjs'
import { answers } from '../../support/postgres-image.js'

const support = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'support')
const asRoot = process.getuid?.() === 0
const failure = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it did not fail', (fault: unknown) => fault)

withEngines(['postgres', 'pg-clients', 'zstd'], 'proof of a backup', () => {
  let lab: DatabaseLab
  let other: DatabaseLab
  let url = ''
  let programs = ''
  /** For clusters of this file alone. The server's user must get in. */
  let room = ''
  beforeAll(async () => {
    [lab, other] = await Promise.all([databaseLab(), databaseLab()])
    room = await mkdtemp(path.join(tmpdir(), 'ecluse-room-'))
    chmodSync(room, 0o711)
    programs = path.join(await postgresFiles({ asRoot }), 'bin')
    url = lab.database('shop')
    lab.sql(readFileSync(path.join(support, 'rich-schema.sql'), 'utf8'), 'shop')
    lab.sql(`CREATE ROLE owner; CREATE ROLE reader; ALTER TABLE customers OWNER TO owner; GRANT SELECT ON customers TO reader; CREATE POLICY "of reader" ON secrets TO reader USING (true);`, 'shop')
  })
  const children: ChildProcess[] = []
  afterAll(async () => {
    // Those of a test that failed before it ended its own.
    for (const child of children) child.kill('SIGKILL')
    await (await open(places()['embedded']!)).sweep()
    await Promise.all([lab.close(), other.close()])
    rmSync(room, { recursive: true, force: true })
  })

  const clusters = (): readonly string[] => readdirSync(room).filter((name) => name.startsWith('ecluse-cluster-'))
  const roomed = (ambient: Ambient): Ambient => ({ ...ambient, files: { ...ambient.files, temporary: (prefix) => mkdtemp(path.join(room, prefix)) } })
  const open = (proveIn: ScratchPlace, ambient: Ambient = lab.ambient, database = url): Promise<ScratchHost> => openScratchHost({ database, proveIn }, roomed(ambient))
  const places = (): Readonly<Record<string, ScratchPlace>> => ({
    same: { kind: 'same' },
    server: { kind: 'server', url: addressOf(other.server, {}) },
    embedded: { kind: 'embedded', programs },
  })

  describe.each(['same', 'server', 'embedded'])('%s', (name) => {
    test('a copy is found equal there, and nothing stays', async () => {
      const before = clusters()
      if (name === 'server') other.sql('CREATE ROLE reader')
      const database = postgresDatabase({ url }, lab.ambient)
      const host = await open(places()[name]!)
      const dump = await database.dump()
      const content = await collected(dump.content)
      const { fingerprint, outline } = await dump.taken()
      await dump.close()
      const scratch = await host.scratch(await database.traits())
      await scratch.restore(bytes(content))
      expect([compareOutlines(outline, await scratch.outline()), compareFingerprints(fingerprint, await scratch.fingerprint())]).toEqual([[], []])
      await scratch.drop()
      await host.close()
      await host.close()
      expect(clusters()).toEqual(before)
      expect([...lab.databases(), ...other.databases()].filter((one) => one.startsWith('ecluse_'))).toEqual([])
      expect(JSON.stringify(lab.said)).not.toContain(other.server.password)
    })
  })

  test('a server that lacks a role that policies name says which, and that of an extension, before anything is restored', async () => {
    lab.sql('CREATE ROLE "only here"; CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO "only here" USING (true)')
    const database = postgresDatabase({ url: lab.server.url }, lab.ambient)
    const [traits, host] = [await database.traits(), await open(places()['server']!, lab.ambient, lab.server.url)]
    expect(await failure(host.scratch(traits))).toMatchObject({ code: 'restore-failed', message: expect.stringContaining('the role `only here`'), fix: expect.stringContaining('CREATE ROLE "only here"') })
    // Such an extension comes from elsewhere: here from a file that is in nobody else's way.
    lab.sql(`UPDATE pg_extension SET extname = 'geography' WHERE extname = 'pg_trgm'`)
    expect(await failure(host.scratch(traits))).toMatchObject({ code: 'restore-failed', message: expect.stringContaining('the extension `geography`') })
    expect(other.databases().filter((one) => one.startsWith('ecluse_'))).toEqual([])
    lab.sql(`UPDATE pg_extension SET extname = 'pg_trgm' WHERE extname = 'geography'; DROP TABLE t; DROP EXTENSION pg_trgm`)
  })

  test('a user without a right on the original can own the copy', async () => {
    other.sql(`CREATE ROLE prover LOGIN CREATEDB PASSWORD 'geheim-p'`)
    const host = await open({ kind: 'server', url: addressOf(other.server, { user: 'prover', password: 'geheim-p' }) })
    lab.sql('DROP DATABASE IF EXISTS plain')
    const plain = lab.database('plain')
    lab.sql('CREATE TABLE t (a int); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO owner; GRANT SELECT ON t TO reader', 'plain')
    const database = postgresDatabase({ url: plain }, lab.ambient)
    const dump = await database.dump()
    const content = await collected(dump.content)
    const { fingerprint } = await dump.taken()
    await dump.close()
    const scratch = await host.scratch(await database.traits())
    await scratch.restore(bytes(content))
    expect(compareFingerprints(fingerprint, await scratch.fingerprint())).toEqual([])
    await scratch.drop()
  })

  test('no programs, programs of an older server, programs that do not start', async () => {
    const empty = path.join(lab.work, 'empty')
    const broken = path.join(lab.work, 'broken')
    for (const folder of [empty, broken]) mkdirSync(folder)
    const script = (name: string, body: string): void => writeFileSync(path.join(broken, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    const traits = await postgresDatabase({ url }, lab.ambient).traits()
    const fault = async (folder: string): Promise<unknown> => failure((await open({ kind: 'embedded', programs: folder })).scratch(traits))
    expect(await fault(empty)).toMatchObject({ code: 'program-missing', message: expect.stringContaining(empty), fix: expect.stringContaining('verify-in') })
    for (const name of ['initdb', 'pg_ctl']) script(name, 'exit 3')
    script('postgres', 'echo "postgres (PostgreSQL) 12.4"')
    expect(await fault(broken)).toMatchObject({ code: 'input-invalid', message: expect.stringMatching(/PostgreSQL 15 .* is 12\.4/) })
    const before = clusters()
    script('postgres', 'echo "postgres (PostgreSQL) 15.4"')
    expect(await fault(broken)).toMatchObject({ code: 'program-failed', message: expect.stringContaining('make a throw-away cluster') })
    expect(clusters()).toEqual(before)
  })

  test('the cluster of a killed run is ended by the next; that of a living one is not', async () => {
    const script = path.join(lab.work, 'proof-run.mjs')
    await build({ entryPoints: [path.join(support, 'proof-run.ts')], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' })
    const before = clusters()
    const child = spawn(process.execPath, [script], { env: { ...process.env, PROOF_URL: url, PROOF_PROGRAMS: programs, TMPDIR: room }, stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    const [made] = clusters().filter((name) => !before.includes(name))
    const data = path.join(room, made!, 'data')
    const pid = Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
    const host = await open(places()['embedded']!)
    expect([await host.sweep(), existsSync(data)]).toEqual([[], true])
    if (asRoot) expect(statSync(data).uid).not.toBe(0)
    expect(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[5]).toBe('')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(lab.ambient.process.alive(pid, '')).toBe(true)
    expect(await host.sweep()).toEqual([made])
    await answers(async () => {
      if (await Promise.resolve(lab.ambient.process.alive(pid, '') || existsSync(path.dirname(data)))) throw new Error('not yet')
    })
  })

  test('a cancelled run ends its cluster', async () => {
    const cancel = new AbortController()
    const before = clusters()
    const ambient = backupAmbient({ work: lab.work, signal: cancel.signal })
    const host = await open(places()['embedded']!, ambient)
    const scratch = await host.scratch(await postgresDatabase({ url }, ambient).traits())
    cancel.abort()
    await scratch.drop()
    await host.close()
    expect(clusters()).toEqual(before)
  })
})
