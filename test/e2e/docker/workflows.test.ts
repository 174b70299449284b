import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Change } from '../../support/act/caller.js'
import type { ActRun } from '../../support/act/runner.js'
import { brief, build, deeds, journey, production, reasons, rollback, staging } from '../../support/act/story.js'
import { suiteRoot } from '../../support/act/suite.js'
import { world, type EnvironmentName, type World } from '../../support/act/world.js'
import { guardedRegistry, type GuardedRegistry } from '../../support/docker/guarded-registry.js'
import { dockerLab, type DockerLab, type SshHost } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { shownOf } from '../../support/visible.js'

const LIMIT_MS = 300_000
const planted = { registry: 'planted-t0ken-7a', database: 'planted-db-pa55-8b' }
const stack = path.join(suiteRoot, 'test', 'support', 'docker', 'stacks', 'node')

/** Another service beside it, and a variable that only a secret holds. */
const compose = (registry: string): string => `services:
  web:
    image: registry.example/acme/shop:latest
    environment:
      DATABASE_URL: redis://cache:6379
      REDIS_URL: redis://:\${DATABASE_PASSWORD:?set DATABASE_PASSWORD}@cache:6379
    expose: ["3000"]
    depends_on: { cache: { condition: service_started } }
    stop_grace_period: 5s
    restart: unless-stopped
  cache:
    image: ${registry}/base/redis
    volumes: [cache:/data]
volumes: { cache: {} }
`

/** A repository whose hosts are reached by ssh, with a registry that asks for a password: what a team has on its first day. */
withEngines(['act', 'node24', 'git', 'docker'], 'deliver.yml and rollback.yml on hosts with Docker Compose, run', (pathOf) => {
  let docker: DockerLab
  let host: SshHost
  let registry: GuardedRegistry
  let here: World
  let app: string
  const versions: string[] = []
  const runs: ActRun[] = []

  const environment = async (name: EnvironmentName): Promise<Readonly<Record<string, unknown>>> => ({
    url: `http://127.0.0.1:${here.ports[name]}`,
    platform: {
      compose: {
        host: host.address, 'host-keys': host.hostKeyLine, 'ssh-key': '${env:SSH_KEY}',
        files: ['compose.yml'], project: `${app}-${name}`, service: 'web', publish: [`127.0.0.1:${here.ports[name]}`], drain: '1s', edge: { image: await docker.base('haproxy') },
      },
    },
    checks: ['GET /health json.status=ok'],
    rollout: { weights: [25, 50, 100], step: { 'at-least': '500ms' }, 'healthy-within': '60s' },
  })
  const push = async (change: Change = {}): Promise<string> => {
    const files = Object.fromEntries(await Promise.all(['Dockerfile', 'server.mjs'].map(async (name) => [name, (await readFile(path.join(stack, name), 'utf8')).replaceAll('registry.example', docker.registry)])))
    const version = await here.push({
      files: { ...files, 'compose.yml': compose(docker.registry), 'release.json': JSON.stringify({ version: 'of the image' }) },
      staging: await environment('staging'), production: await environment('production'),
      file: { app, build: { repository: `${registry.address}/${app}`, login: { username: registry.user, password: '${env:REGISTRY_TOKEN}' }, attestations: 'none' } },
      ...change,
    })
    versions.push(version)
    return version
  }
  const deliver = async (): Promise<ActRun> => {
    const run = await here.deliver()
    runs.push(run)
    return run
  }

  beforeAll(async () => {
    docker = await dockerLab()
    app = docker.unique('acted')
    for (const name of ['node', 'redis'] as const) await docker.base(name)
    registry = await guardedRegistry(docker.registry, 'deploy', planted.registry)
    host = await docker.sshHost()
    const { PATH, ...env } = docker.env
    here = await world({
      act: pathOf('act'), node: pathOf('node24'), programs: [PATH], env, limitMs: LIMIT_MS - 20_000,
      secrets: { REGISTRY_TOKEN: planted.registry, SSH_KEY: host.privateKey, ECLUSE_ENV: `DATABASE_PASSWORD=${planted.database}\n` },
    })
  }, LIMIT_MS)
  afterAll(async () => {
    await here?.close()
    await host?.stop()
    await registry?.close()
    await docker?.cleanup(app)
  })

  test('a first release is pushed with the login, fetched by hosts that have none, and serves', async () => {
    const version = await push()
    const run = await deliver()
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toEqual({
      'build/build': 'built', 'staging/deploy': 'deployed', 'staging/smoke': 'passed', 'staging/watch': 'not-configured', 'brief/brief': 'briefed',
      'production/backup': 'not-configured', 'production/promote': 'promoted-first', 'production/smoke': 'passed', 'production/watch': 'not-configured',
    })
    expect(run.jobs['build']?.outputs['build']?.['image']).toMatch(new RegExp(`^${registry.address}/${app}@sha256:[0-9a-f]{64}$`))
    expect(await here.served('staging')).toEqual([version])
    expect(await here.served('production')).toEqual([version])
    expect((await host.counts()).accepted).toBeGreaterThan(2)
  }, LIMIT_MS)

  test('the next one climbs by steps while users are served', async () => {
    const version = await push()
    const load = here.loaded(25)
    const run = await deliver()
    const counts = await load.stop()
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toMatchObject({ 'staging/deploy': 'deployed', 'production/promote': 'promoted', 'production/smoke': 'passed' })
    expect(deeds(await here.ledger('production')).slice(-5)).toEqual(['launch', 'shift 25', 'shift 50', 'promote', 'promoted'])
    expect(counts.failures).toEqual({})
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)

  test('the button brings the one before back, while users are served', async () => {
    const load = here.loaded(25)
    const run = await here.rollback({ environment: 'production' })
    runs.push(run)
    const counts = await load.stop()
    expect(journey(run, rollback, 0)).toEqual({ ran: rollback, code: 0, log: '' })
    expect(run.jobs['rollback']?.outputs['rollback']).toMatchObject({ reason: 'rolled-back', version: versions[0], previous: versions[1] })
    expect(counts.failures).toEqual({})
    expect(await here.served('production')).toEqual([versions[0]])
    process.stderr.write(`  rollback under act: ${run.jobs['rollback']?.outputs['rollback']?.['seconds'] ?? ''} s\n`)
  }, LIMIT_MS)

  test('no secret is in what the runs show, in what they keep, or in labels of containers', async () => {
    const shown = runs.map((run) => run.shown).join('\n')
    const kept = await textBelow(here.state)
    const labels = await docker.docker(['ps', '--all', '--filter', `name=${app}`, '--format', '{{.Labels}} {{.Command}}'])
    expect(kept).toContain(versions[1])
    expect(labels).toContain(versions[1])
    const key = host.privateKey.split('\n').filter((line) => line.length > 40)
    expect(key.length).toBeGreaterThan(2)
    for (const text of [shown, kept, labels]) expect(shownOf([...Object.values(planted), ...key], text)).toEqual([])
    expect(registry.refused()).toBeGreaterThan(0)
  })
})

async function textBelow(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return (await Promise.all(found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')))).join('\n')
}
