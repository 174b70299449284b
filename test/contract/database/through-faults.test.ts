import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Through } from '../../../core/domain/backup.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { openScratchHost } from '../../../core/drivers/databases/postgres/proof/index.js'
import { compareFingerprints } from '../../../core/domain/fingerprint.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { watched } from '../../support/argv-watch.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { clientFiles, startContained, type Contained } from '../../support/postgres-image.js'

withEngines(['docker', 'pg-clients', 'postgres', 'zstd'], 'client programs in containers, when something is wrong', () => {
  let lab: DockerLab
  let part = ''
  let db: Contained
  let work = ''
  const said: string[] = []
  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('wrong')
    work = mkdtempSync(path.join(os.tmpdir(), 'ecluse-wrong-'))
    db = await startContained(lab, part)
  })
  afterAll(async () => {
    await lab.cleanup(part)
    rmSync(work, { recursive: true, force: true })
  })

  const ambientOf = (env: Readonly<Record<string, string | undefined>> = {}): Ambient => backupAmbient({ work, said, env: { ...lab.env, HOME: work, ...env } })
  const failure = (through: Through, url = db.url, ambient = ambientOf()): Promise<unknown> =>
    postgresDatabase({ url, through }, ambient).about().then(() => 'it did not fail', (fault: unknown) => fault)
  const container = (name: string): Through => ({ kind: 'docker', container: name })
  const started = async (name: string, files: Parameters<DockerLab['image']>[1]): Promise<string> => {
    const image = await lab.image(`${part}-${name}:1`, files)
    await lab.docker(['run', '-d', '--name', `${part}-${name}`, image])
    return `${part}-${name}`
  }

  test('no such container, one that does not run, one without clients', async () => {
    expect(await failure(container('nowhere'))).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('there is no container `nowhere`'), fix: expect.stringContaining('docker ps') })
    const idle = await started('idle', { cmd: ['true'] })
    await lab.docker(['wait', idle])
    expect(await failure(container(idle))).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('is not running'), fix: expect.stringContaining('Start it') })
    const bare = await started('bare', { cmd: ['sleep', '600'] })
    expect(await failure(container(bare))).toMatchObject({ code: 'program-missing', message: expect.stringMatching(/there is no `(psql|pg_dump|pg_restore)` in container/), fix: expect.stringContaining('backup.through') })
  })

  test('a wrong password, and a server that is not there', async () => {
    const wrong = await failure(container(db.name), db.url.replace(/:planted[^@]*@/, ':planted-wr0ng@'))
    expect(wrong).toMatchObject({ code: 'login-refused', message: expect.stringContaining('password authentication failed') })
    expect(await failure(container(db.name), db.url.replace(':5432/', ':5433/'))).toMatchObject({ code: 'database-unreachable', message: expect.stringMatching(/refused/i) })
    expect(JSON.stringify([wrong, said])).not.toMatch(/planted/)
  })

  test('a client that is older than the server', async () => {
    const script = (name: string): { content: string; mode: number } => ({ content: `#!/bin/sh\n[ "$1" = --version ] && { echo "${name} (PostgreSQL) 14.3"; exit; }\nLD_LIBRARY_PATH=/opt/pg/lib exec /opt/pg/bin/${name} "$@"\n`, mode: 0o755 })
    const files = { ...clientFiles(), '/usr/local/bin/pg_dump': script('pg_dump') }
    const image = await lab.image(`${part}-old:1`, { base: 'postgres', files })
    const old = `${part}-old`
    await lab.docker(['run', '-d', '--name', old, '-e', 'POSTGRES_PASSWORD', '--network', `container:${db.name}`, '--entrypoint', 'sleep', image, '600'], { env: { POSTGRES_PASSWORD: 'x' } })
    expect(await failure(container(old))).toMatchObject({ code: 'client-too-old', message: expect.stringMatching(/in container .* is 14\.3, the server is 15\./), fix: expect.stringContaining('postgres:15') })
  })

  test('a service that does not run, a service that is unknown, no compose file', async () => {
    writeFileSync(path.join(work, 'compose.yml'), `services:\n  db:\n    image: ${db.image}\n`)
    const compose = (service: string, files: readonly string[] = ['compose.yml']): Through => ({ kind: 'compose', service, files, project: part })
    expect(await failure(compose('db'))).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('no container of it runs'), fix: expect.stringContaining('up -d db') })
    expect(await failure(compose('nothing'))).toMatchObject({ code: 'compose-invalid', message: expect.stringContaining('nothing') })
    expect(await failure(compose('db', ['missing.yml']))).toMatchObject({ code: 'compose-invalid', message: expect.stringContaining('missing.yml') })
  })

  test('no docker, no engine, an image that nobody has, an address that is a socket', async () => {
    expect(await failure(container('x'), db.url, ambientOf({ PATH: '/nowhere' }))).toMatchObject({ code: 'docker-missing' })
    expect(await failure(container('x'), db.url, ambientOf({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }))).toMatchObject({ code: 'docker-unreachable' })
    const gone = await failure({ kind: 'image', image: `${lab.registry}/${part}-none:1` })
    expect(gone).toMatchObject({ code: expect.stringMatching(/image-not-found|registry-refused/), message: expect.stringContaining(`${part}-none`) })
    expect(await failure({ kind: 'image', image: db.image }, 'postgres://postgres@localhost/postgres?host=/var/run/postgresql')).toMatchObject({ family: 'input', fix: expect.stringContaining('docker.container') })
  })

  test('no kubectl, and a password that can not be handed on to a pod', async () => {
    expect(await failure({ kind: 'kubernetes', pod: 'db-0' }, db.url, ambientOf({ PATH: '/nowhere' }))).toMatchObject({ code: 'program-missing', message: expect.stringContaining('`kubectl` is not installed') })
    expect(await failure({ kind: 'kubernetes', pod: 'db-0' }, 'postgres://u:a%0Ab@h/d')).toMatchObject({ family: 'input', message: expect.stringContaining('line break') })
  })

  test('a backup is proven in a throw-away container, which is swept when its run was killed', async () => {
    const seen: (readonly string[])[] = []
    await db.sql('CREATE ROLE app_reader; CREATE TABLE t AS SELECT generate_series(1, 1000) n; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO app_reader USING (true);')
    const ambient = watched(ambientOf(), seen)
    const through = container(db.name)
    const database = postgresDatabase({ url: db.url, through }, ambient)
    const host = await openScratchHost({ database: db.url, through, proveIn: { kind: 'container', image: db.image } }, ambient)
    const dump = await database.dump()
    const content = await collected(dump.content)
    const { fingerprint } = await dump.taken()
    await dump.close()
    const scratch = await host.scratch(await database.traits())
    await scratch.restore(bytes(content))
    expect(compareFingerprints(fingerprint, await scratch.fingerprint())).toEqual([])
    const proofs = (): Promise<string> => lab.docker(['ps', '-aq', '--filter', 'label=ecluse.proof', '--filter', `ancestor=${db.image}`])
    expect([await host.sweep(), (await proofs()).trim()]).toEqual([[], expect.stringMatching(/^[0-9a-f]+$/)])
    const later: Ambient = { ...ambient, process: { ...ambient.process, alive: () => false } }
    const next = await openScratchHost({ database: db.url, through, proveIn: { kind: 'container', image: db.image } }, later)
    expect(await next.sweep()).toEqual([expect.stringMatching(/^ecluse-proof-/)])
    await host.close()
    expect((await proofs()).trim()).toBe('')
    const secrets = seen.flat().filter((word) => /POSTGRES_PASSWORD=|planted/.test(word))
    expect(secrets).toEqual([])
  })

  test('an image that is no PostgreSQL says what it said', async () => {
    const image = await lab.image(`${part}-odd:1`, { entrypoint: ['sh', '-c', 'echo "odd: I am no database" >&2; exit 3'] })
    const host = await openScratchHost({ database: db.url, through: container(db.name), proveIn: { kind: 'container', image } }, ambientOf())
    const traits = await postgresDatabase({ url: db.url, through: container(db.name) }, ambientOf()).traits()
    expect(await host.scratch(traits).then(() => 'it did not fail', (fault: unknown) => fault)).toMatchObject({ code: 'program-failed', message: expect.stringContaining('odd: I am no database') })
    await host.close()
    expect(await lab.docker(['ps', '-aq', '--filter', `ancestor=${image}`])).toBe('')
  })
})
