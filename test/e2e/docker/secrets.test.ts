import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commandLinesDuring } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { guardedRegistry, type GuardedRegistry } from '../../support/docker/guarded-registry.js'
import { dockerLab, type SshHost } from '../../support/docker/lab.mjs'
import { shownOf, visible } from '../../support/visible.js'
import { databasePassword, stackLab, type Ran, type StackLab } from './lab.js'
import { ended, releaseOf } from './story.js'

const LIMIT_MS = 300_000
/** How a step logs in to the registry, and to the host. */
const LOGIN = /^docker login --username deploy /m
const CONNECTS = /^ssh -M -N -S .* -o IdentityFile="/m
const planted = { registry: 'planted-t0ken-3c', setting: 'planted-key-5d', database: databasePassword }

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

  const observed = async (work: () => Promise<Ran>, told: readonly RegExp[]): Promise<Ran> => {
    const { result, seen } = await commandLinesDuring(work)
    // What was looked through was there.
    for (const form of told) expect(seen).toMatch(form)
    for (const text of [seen, visible(result), result.post === undefined ? '' : `${result.post.stdout}${result.post.stderr}`, await textBelow(path.join(here.work, '.ecluse'))]) expect(shownOf(secrets, text)).toEqual([])
    // Nor is a login, a key or a compose file left for the next job on this machine.
    expect(shownOf(secrets, await textBelow(path.join(here.work, 'tmp')))).toEqual([])
    return result
  }
  const promoted = async (version: string, reason: string): Promise<void> => {
    const built = await observed(() => here.build({ version }), [LOGIN, /^docker buildx build /m])
    ended(built, 'built', 0)
    ended(await observed(() => here.run('canary-promote', { environment: 'production', ...releaseOf(built) }), [LOGIN, CONNECTS, /^docker compose .* up --detach /m]), reason, 0)
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
  })

  test('reach the release, and nothing that is shown, kept or labelled', async () => {
    await promoted('3.0.0', 'promoted-first')
    await promoted('3.1.0', 'switched')
    ended(await observed(() => here.run('rollback', { environment: 'production' }), [CONNECTS, /^docker start ecluse-/m, /^docker stop ecluse-/m]), 'rolled-back', 0)
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
    const built = await observed(() => here.run('build-image', { version: '3.2.0', args: `REGISTRY=${here.docker.registry}`, 'registry-password': 'planted-t0ken-3c-wrong' }), [LOGIN])
    expect({ code: built.code, said: /does not accept the password of `deploy`/.test(built.stdout) }).toEqual({ code: 1, said: true })
  }, LIMIT_MS)
})
