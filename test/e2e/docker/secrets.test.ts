import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { guardedRegistry, type GuardedRegistry } from '../../support/docker/guarded-registry.js'
import { dockerLab, type SshHost } from '../../support/docker/lab.mjs'
import { shownOf, visible } from '../../support/visible.js'
import { databasePassword, stackLab, type Ran, type StackLab } from './lab.js'
import { ended, releaseOf } from './story.js'

const LIMIT_MS = 300_000
const planted = { registry: 'planted-t0ken-3c', setting: 'planted-key-5d', database: databasePassword }

/** Command lines of all processes, looked at as long as the work goes on. */
async function argvDuring<T>(work: Promise<T>): Promise<{ readonly result: T; readonly seen: string }> {
  const seen = new Set<string>()
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
        seen.add((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '))
      }
      await new Promise((resolve) => { setTimeout(resolve, 20) })
    }
  })()
  const result = await work.finally(() => over.abort())
  await watching
  return { result, seen: [...seen].join('\n') }
}

async function textBelow(folder: string): Promise<string> {
  if (!existsSync(folder)) return ''
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return (await Promise.all(found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')))).join('\n')
}

withEngines(['docker'], 'secrets of a delivery to a host by ssh, from a registry with a password', () => {
  let registry: GuardedRegistry
  let host: SshHost
  let here: StackLab
  let secrets: readonly string[] = []

  const observed = async (work: Promise<Ran>, told: RegExp): Promise<Ran> => {
    const { result, seen } = await argvDuring(work)
    // What was looked through was there.
    expect(seen).toMatch(told)
    for (const text of [seen, visible(result), result.post === undefined ? '' : `${result.post.stdout}${result.post.stderr}`, await textBelow(path.join(here.work, '.ecluse'))]) expect(shownOf(secrets, text)).toEqual([])
    // Nor is a login, a key or a compose file left for the next job on this machine.
    expect(shownOf(secrets, await textBelow(path.join(here.work, 'tmp')))).toEqual([])
    return result
  }
  const promoted = async (version: string, reason: string): Promise<void> => {
    const built = await observed(here.build({ version }), /docker.* buildx /)
    ended(built, 'built', 0)
    ended(await observed(here.run('canary-promote', { environment: 'production', ...releaseOf(built) }), /^(docker|ssh) /m), reason, 0)
  }

  beforeAll(async () => {
    const docker = await dockerLab()
    registry = await guardedRegistry(docker.registry, 'deploy', planted.registry)
    host = await docker.sshHost()
    secrets = [...Object.values(planted), ...host.privateKey.split('\n').filter((line) => line.length > 40)]
    here = await stackLab({
      stack: 'node', service: 'web', base: 'node',
      build: { repository: `${registry.address}/${docker.unique('kept')}`, login: { username: registry.user, password: '${env:REGISTRY_TOKEN}' } },
      compose: { host: host.address, 'host-keys': host.hostKeyLine, 'ssh-key': '${env:SSH_KEY}' },
      production: { backup: undefined, rollout: { strategy: 'direct', 'healthy-within': '60s' } },
      env: { REGISTRY_TOKEN: planted.registry, SSH_KEY: host.privateKey, ECLUSE_ENV: `API_KEY="${planted.setting}"\n` },
      prepare: async (work) => {
        for (const folder of ['environments', 'tmp']) await mkdir(path.join(work, folder))
        await writeFile(path.join(work, 'environments', 'schema.yml'), 'api: { key: { type: string, secret: true } }\n')
        await writeFile(path.join(work, 'environments', 'base.yml'), 'api: { key: "${env:API_KEY}" }\n')
        for (const name of ['staging', 'production']) await writeFile(path.join(work, 'environments', `${name}.yml`), '{}\n')
      },
      temporary: 'tmp',
    })
  }, LIMIT_MS)
  afterAll(async () => {
    await here?.close()
    await host?.stop()
    await registry?.close()
  }, 60_000)

  test('reach the release, and nothing that is shown, kept or labelled', async () => {
    await promoted('3.0.0', 'promoted-first')
    await promoted('3.1.0', 'switched')
    ended(await observed(here.run('rollback', { environment: 'production' }), /^(docker|ssh) /m), 'rolled-back', 0)
    const ids = (await here.docker.docker(['ps', '--all', '--quiet', '--filter', `name=ecluse-${here.app}`])).split('\n').filter(Boolean)
    const inspected = await here.docker.docker(['inspect', '--format', '{{json .Config.Labels}} {{json .Config.Cmd}} {{json .Name}}', ...ids])
    expect(inspected).toContain('ecluse.release')
    expect(shownOf(secrets, inspected)).toEqual([])
    const variables = await here.docker.docker(['inspect', '--format', '{{json .Config.Env}}', ...ids])
    expect(variables).toContain(`API_KEY=${planted.setting}`)
    expect(variables).toContain(planted.database)
    expect(registry.refused()).toBeGreaterThan(0)
  }, LIMIT_MS)

  test('are not told when they are wrong', async () => {
    const built = await observed(here.run('build-image', { version: '3.2.0', args: `REGISTRY=${here.docker.registry}`, 'registry-password': 'planted-t0ken-3c-wrong' }), /dist.build-image.index.js/)
    expect({ code: built.code, said: /does not accept the password of `deploy`/.test(built.stdout) }).toEqual({ code: 1, said: true })
  }, LIMIT_MS)
})
