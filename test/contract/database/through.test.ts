import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Through } from '../../../core/domain/backup.js'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { newMark } from '../../../core/drivers/databases/postgres/through/mark.js'
import { EcluseError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { watched } from '../../support/argv-watch.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { answers, startContained, type Contained } from '../../support/postgres-image.js'

/** Stands in for `kubectl`: keeps to the form of `kubectl exec`, and a container is the pod. After so many bytes the connection of a dump is cut. */
const KUBECTL = `#!/bin/sh
[ "$1 $2 $3 $4 $5 $6" = "--namespace shop exec --stdin --quiet --pod-running-timeout=20s" ] || { echo "error: unknown words: $*" >&2; exit 1; }
pod=$7; shift 7
[ "$1 $2 $3" = "--container postgres --" ] || { echo "error: container $2 is not valid for pod $pod" >&2; exit 1; }
shift 3
docker inspect "$pod" > /dev/null 2>&1 || { echo "Error from server (NotFound): pods \\"$pod\\" not found" >&2; exit 1; }
case "$*" in *--snapshot=*) [ -z "$CUT" ] || { env -u PGPASSWORD docker exec -i "$pod" "$@" | head -c "$CUT"; exit 0; } ;; esac
env -u PGPASSWORD docker exec -i "$pod" "$@"; code=$?
[ $code = 0 ] || echo "command terminated with exit code $code" >&2
exit $code
`
const FILL = `CREATE TABLE much AS SELECT n, repeat(md5(n::text), 8) a FROM generate_series(1, 60000) n; CREATE TABLE "Straße 1" (id serial PRIMARY KEY, b bytea); INSERT INTO "Straße 1" (b) VALUES ('\\x0001'), (NULL); SELECT lo_from_bytea(0, 'x');`

withEngines(['docker', 'pg-clients', 'postgres', 'zstd'], 'client programs where the database is', () => {
  let lab: DockerLab
  let part = ''
  let db: Contained
  let work = ''
  let env: Readonly<Record<string, string | undefined>> = {}
  const said: string[] = []
  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('through')
    work = mkdtempSync(path.join(os.tmpdir(), 'ecluse-through-'))
    mkdirSync(path.join(work, 'bin'))
    writeFileSync(path.join(work, 'bin', 'kubectl'), KUBECTL)
    chmodSync(path.join(work, 'bin', 'kubectl'), 0o755)
    env = { ...lab.env, HOME: work, PATH: `${path.join(work, 'bin')}:${lab.env.PATH}` }
    db = await startContained(lab, part, async (wanted) => {
      const service = `image: ${wanted.image}\n    container_name: ${wanted.name}\n    ports: ["127.0.0.1::5432"]\n    environment: [POSTGRES_PASSWORD]`
      writeFileSync(path.join(work, 'compose.yml'), `services:\n  db:\n    ${service}\n`)
      await lab.docker(['compose', '-p', part, 'up', '--detach', 'db'], { cwd: work, env: wanted.env })
    })
    await db.sql(FILL)
  })
  afterAll(async () => {
    await lab.cleanup(part)
    rmSync(work, { recursive: true, force: true })
  })

  const ways = (container = `${part}-db`): Readonly<Record<Through['kind'], Through>> => ({
    docker: { kind: 'docker', container },
    compose: { kind: 'compose', service: 'db', files: ['compose.yml'], project: part },
    kubernetes: { kind: 'kubernetes', pod: container, namespace: 'shop', container: 'postgres' },
    image: { kind: 'image', image: db.image },
  })
  /** An image's container is on the network of this machine; the others are inside. */
  const urlFor = async (kind: Through['kind']): Promise<string> => {
    if (kind !== 'image') return db.url
    const port = (await lab.docker(['port', db.name, '5432/tcp'])).trim().split(':').at(-1)
    return db.url.replace(':5432/', `:${port}/`)
  }
  const ambientOf = (signal = new AbortController().signal, more = {}): Ambient => backupAmbient({ work, signal, env: { ...env, ...more }, said })
  const at = async (kind: Through['kind'], ambient = ambientOf()): Promise<ReturnType<typeof postgresDatabase>> => postgresDatabase({ url: await urlFor(kind), through: ways()[kind] }, ambient)
  const sessions = (): Promise<string> => db.sql(`SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%'`)
  const settled = async (): Promise<void> => {
    await answers(async () => {
      if (await sessions() !== '0') throw new Error(await db.sql(`SELECT application_name, state, query FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%'`))
    })
  }

  describe.each(['docker', 'compose', 'kubernetes', 'image'] as const)('by %s', (kind) => {
    test('a dump comes back as it was; no secret is in any words, no client of this machine is used', async () => {
      const seen: (readonly string[])[] = []
      const database = await at(kind, watched(ambientOf(), seen))
      const dump = await database.dump()
      const content = await collected(dump.content)
      const { fingerprint, outline } = await dump.taken()
      await dump.close()
      const scratch = await database.scratch()
      await scratch.restore(bytes(content))
      expect([compareFingerprints(fingerprint, await scratch.fingerprint()), compareOutlines(outline, await scratch.outline())]).toEqual([[], []])
      expect(fingerprint.rows).toMatchObject({ 'public.much': 60000, 'public."Straße 1"': 2 })
      await scratch.drop()
      expect(await database.about()).toMatchObject({ name: 'postgres', clientVersion: expect.stringMatching(/^\d+\./) })
      expect([...new Set(seen.map(([program]) => program))].filter((program) => !['docker', 'kubectl', 'zstd', 'id'].includes(program!))).toEqual([])
      expect(JSON.stringify([seen, said])).not.toContain('planted-pa55')
    })

    test('a dump that nobody wants any more, or that is cancelled, leaves nothing at work there', async () => {
      const cancel = new AbortController()
      for (const stop of ['unwanted', 'cancelled']) {
        const database = await at(kind, ambientOf(cancel.signal))
        const dump = await database.dump()
        const reading = (async () => {
          for await (const chunk of dump.content) {
            if (stop === 'unwanted') break
            if (chunk.length > 0) cancel.abort()
          }
        })()
        expect(await reading.then(() => 'read', (fault: unknown) => (fault instanceof EcluseError ? fault.code : fault))).toBe(stop === 'unwanted' ? 'read' : 'aborted')
        await dump.close()
        await settled()
      }
      const left = await answers(async () => {
        const running = `${await lab.docker(['top', db.name, '-o', 'pid,args'])}${await lab.docker(['ps', '-q', '--filter', 'label=ecluse.client'])}`
        if (/pg_dump|psql|^[0-9a-f]{12}$/m.test(running)) throw new Error('not yet')
        return running
      })
      expect(left).toContain('postgres')
    })

    test('a program that takes longer than it may ends there, too', async () => {
      const inner = ambientOf()
      const hasty: Ambient = { ...inner, process: { ...inner.process, run: (command) => inner.process.run(command.argv.includes('pg_restore') && !command.argv.includes('--version') ? { ...command, timeoutMs: 400 } : command) } }
      const database = await at(kind, hasty)
      const dump = await database.dump()
      const content = await collected(dump.content)
      await dump.close()
      const scratch = await database.scratch()
      // Enough to be known for what it is, and never all of it.
      const never = (async function* () {
        yield content.subarray(0, -10)
        await hasty.clock.sleep(10_000)
      })()
      await expect(scratch.restore(never)).rejects.toMatchObject({ code: 'program-timeout' })
      await scratch.drop()
      await settled()
    })
  })

  // `kubectl exec` ends with 0 when the connection breaks behind the API server, and on its own way there, too, where it speaks SPDY.
  test('a dump that was cut on its way out of a pod is no dump, though `kubectl` ends well', async () => {
    const dump = await (await at('kubernetes', ambientOf(undefined, { CUT: '3000000' }))).dump()
    await expect(collected(dump.content)).rejects.toMatchObject({ code: 'connection-lost', service: 'Kubernetes', message: expect.stringContaining('broke before `pg_dump` had ended') })
    await dump.close()
    await settled()
  })

  test('a session of a run that was killed is ended by the next; those of living and of other machines are not', async () => {
    const ambient = ambientOf()
    const named = (changes: Partial<Ambient['run']>): string => newMark({ ...ambient, run: { ...ambient.run, ...changes } })
    const [dead, living, elsewhere] = [named({ pid: 2 ** 22 - 1, started: '1' }), named({}), named({ host: 'elsewhere', pid: 1, started: '1' })]
    const sleeping = [dead, living, elsewhere].map((name) => lab.docker(['exec', '-e', `PGAPPNAME=${name}`, '-e', 'PGPASSWORD', db.name, 'psql', '-h', '127.0.0.1', '-U', 'postgres', '-c', 'SELECT pg_sleep(60)'], { env: { PGPASSWORD: db.password } }).catch((fault: unknown) => String(fault)))
    await answers(async () => {
      if (await sessions() !== '3') throw new Error('not yet')
    })
    await (await at('docker', ambient)).sweep()
    expect(await sleeping[0]).toContain('terminating connection')
    expect((await db.sql(`SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%' ORDER BY 1`)).split('\n').toSorted()).toEqual([living, elsewhere].toSorted())
    await db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%'`)
    await Promise.all(sleeping)
  })
})
