import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { withLogin } from '../../../core/delivery/registry-access.js'
import { buildxBuilder } from '../../../core/drivers/builders/buildx/index.js'
import { logIn } from '../../../core/drivers/registries/docker/login.js'
import { dockerRegistry } from '../../../core/drivers/registries/docker/index.js'
import type { Engine } from '../../../core/ports/engine.js'
import type { LogIn } from '../../../core/ports/registry-login.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, removeFolders, requestFor, temporaryFolder } from '../builder/context.js'
import { buildLab, type BuildLab } from '../builder/registry-lab.js'
import { guardedRegistry, PASSWORD, USER, type GuardedRegistry } from './guarded.js'

/** On a busy machine. */
const LONG = 180_000
let scene: BuildLab
let guarded: GuardedRegistry
let settings = ''
const remembered: (readonly [string, string])[] = []

/** Folders of logins that are still there. */
const leftover = (): readonly string[] => remembered.map(([, folder]) => folder).filter((folder) => folder !== '' && existsSync(folder))

withEngines(['docker'], 'a login to a registry', () => {
  beforeAll(async () => {
    scene = await buildLab()
    guarded = await guardedRegistry(scene.lab.tools)
    // A user whose credentials are kept by a program: it writes down that it was called.
    settings = await temporaryFolder()
    await mkdir(path.join(settings, 'bin'))
    await writeFile(path.join(settings, 'bin', 'docker-credential-keep'), `#!/bin/sh\necho "$1" >> ${settings}/asked\ncase "$1" in store) cat > ${settings}/stored;; get) echo '{"Username":"","Secret":""}';; list) echo '{}';; esac\n`)
    await chmod(path.join(settings, 'bin', 'docker-credential-keep'), 0o755)
    const plugins = path.join(scene.lab.env.DOCKER_CONFIG, 'cli-plugins')
    await writeFile(path.join(settings, 'config.json'), JSON.stringify({ credsStore: 'keep', cliPluginsExtraDirs: [plugins] }))
  }, LONG)
  afterAll(async () => {
    await guarded?.stop()
    await removeFolders()
  })

  const led = (engine: Engine, docker: Readonly<Record<string, string>>): Engine => ({ ...engine, run: (call) => engine.run({ ...call, env: { ...docker, ...call.env } }) })
  const opened = async (): Promise<{ lab: BuildLab; open: LogIn; env: Readonly<Record<string, string>> }> => {
    const env = { DOCKER_CONFIG: settings, PATH: `${path.join(settings, 'bin')}:${scene.lab.env.PATH}` }
    const lab = await buildLab({ env })
    const ambient = { ...lab.ambient, remember: (name: string, value: string) => void remembered.push([name, value]) }
    return { lab, env, open: (credentials) => logIn(credentials, lab.engine, ambient) }
  }

  test('is for one run alone: it pushes, and nothing of it stays, not with the program that keeps credentials either', async () => {
    const { lab, open, env } = await opened()
    const repository = `${guarded.address}/shop`
    const context = await contextOf({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'a' })
    const seen: string[] = []
    const built = await withLogin({ repository, login: { username: USER, password: PASSWORD } }, env, open, async (docker) => {
      seen.push(docker['DOCKER_CONFIG']!)
      expect((await stat(path.join(docker['DOCKER_CONFIG']!, 'config.json'))).mode & 0o077).toBe(0)
      const engine = led(lab.engine, docker)
      const registry = dockerRegistry(engine, docker['DOCKER_CONFIG'], lab.ambient)
      const made = await buildxBuilder(engine, registry, lab.ambient).build(requestFor(context, repository))
      await registry.tag(made.image, ['1'])
      return made
    })
    expect(built.image).toMatch(/^127\.0\.0\.1:\d+\/shop@sha256:/)
    expect((await fetch(`http://${guarded.address}/v2/shop/manifests/1`, { headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json', authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}` } })).headers.get('docker-content-digest')).toBe(built.digest)
    expect([seen[0]?.startsWith(path.join(tmpdir(), 'ecluse-docker-')), leftover()]).toEqual([true, []])
    expect(remembered).toEqual([['docker-settings', seen[0]], ['docker-settings', '']])
    expect(await readdir(settings)).not.toContain('stored')
    expect(await readFile(path.join(settings, 'config.json'), 'utf8')).not.toContain('auths')
  }, LONG)

  test('that is refused says so, and leaves nothing either', async () => {
    const { open, env } = await opened()
    const refused = withLogin({ repository: `${guarded.address}/shop`, login: { username: USER, password: 'wrong-one' } }, env, open, async () => 'never')
    await expect(refused).rejects.toMatchObject({ code: 'registry-refused', message: expect.stringContaining(`\`${guarded.address}\` does not accept the password of \`${USER}\``) })
    const fault: unknown = await refused.catch((thrown: unknown) => thrown)
    expect(JSON.stringify(fault)).not.toContain('wrong-one')
    expect(leftover()).toEqual([])
  }, LONG)

  test('goes also when the work fails', async () => {
    const { open, env } = await opened()
    await expect(withLogin({ repository: `${guarded.address}/shop`, login: { username: USER, password: PASSWORD } }, env, open, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(leftover()).toEqual([])
  }, LONG)

  test('without one, a registry that wants it is told from one that is not there', async () => {
    const { lab } = await opened()
    await expect(lab.registry.look(`${guarded.address}/shop:1`)).rejects.toMatchObject({ code: 'registry-refused' })
    const context = await contextOf({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'a' })
    await expect(lab.builder.build(requestFor(context, `${guarded.address}/shop`))).rejects.toMatchObject({ code: 'registry-refused', fix: expect.stringContaining('registry-username') })
  }, LONG)
})
