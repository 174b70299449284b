import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Through } from '../../../core/domain/backup.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { newMark } from '../../../core/drivers/databases/postgres/through/mark.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { answers, startContained, type Contained } from '../../support/postgres-image.js'
import { FILL, leadsThere, sessionsOf } from './through-suite.js'

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
    env = { ...lab.env, HOME: work }
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

  const ways = (): Readonly<Record<'docker' | 'compose' | 'image', Through>> => ({
    docker: { kind: 'docker', container: `${part}-db` },
    compose: { kind: 'compose', service: 'db', files: ['compose.yml'], project: part },
    image: { kind: 'image', image: db.image },
  })
  /** An image's container is on the network of this machine; the others are inside. */
  const urlFor = async (kind: Through['kind']): Promise<string> => {
    if (kind !== 'image') return db.url
    const port = (await lab.docker(['port', db.name, '5432/tcp'])).trim().split(':').at(-1)
    return db.url.replace(':5432/', `:${port}/`)
  }
  const ambientOf = (signal = new AbortController().signal): Ambient => backupAmbient({ work, signal, env, said })
  const running = async (): Promise<string> => `${await lab.docker(['top', db.name, '-o', 'pid,args'])}${await lab.docker(['ps', '-q', '--filter', 'label=ecluse.client'])}`

  describe.each(['docker', 'compose', 'image'] as const)('by %s', (kind) => {
    leadsThere({ site: async () => ({ through: ways()[kind], url: await urlFor(kind), sql: db.sql, running }), ambientOf, said })
  })

  test('a session of a run that was killed is ended by the next; those of living and of other machines are not', async () => {
    const ambient = ambientOf()
    const named = (changes: Partial<Ambient['run']>): string => newMark({ ...ambient, run: { ...ambient.run, ...changes } })
    const [dead, living, elsewhere] = [named({ pid: 2 ** 22 - 1, started: '1' }), named({}), named({ host: 'elsewhere', pid: 1, started: '1' })]
    const sleeping = [dead, living, elsewhere].map((name) => lab.docker(['exec', '-e', `PGAPPNAME=${name}`, '-e', 'PGPASSWORD', db.name, 'psql', '-h', '127.0.0.1', '-U', 'postgres', '-c', 'SELECT pg_sleep(60)'], { env: { PGPASSWORD: db.password } }).catch((fault: unknown) => String(fault)))
    await answers(async () => {
      if (await sessionsOf(db) !== '3') throw new Error('not yet')
    })
    await postgresDatabase({ url: db.url, through: ways().docker }, ambient).sweep()
    expect(await sleeping[0]).toContain('terminating connection')
    expect((await db.sql(`SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%' ORDER BY 1`)).split('\n').toSorted()).toEqual([living, elsewhere].toSorted())
    await db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%'`)
    await Promise.all(sleeping)
  })
})
