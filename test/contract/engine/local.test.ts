import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { dockerLab, everythingOf, failureOf, idleContainer, startRun, userEnvironment, type Run } from './bench.js'
import { engineContract } from './suite.js'

const timeoutMs = 30_000

/** A `docker` on the PATH that does this first. */
async function insteadOfDocker(lab: DockerLab, first: string): Promise<{ readonly path: string; readonly close: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'engine-'))
  await writeFile(path.join(folder, 'docker'), `#!/bin/sh\n${first}\nexec "${lab.env.PATH.split(':')[0]!}/docker" "$@"\n`, { mode: 0o755 })
  return { path: `${folder}:${lab.env.PATH}`, close: () => rm(folder, { recursive: true, force: true }) }
}

withEngines(['docker'], 'the Docker Engine of this machine', () => {
  engineContract('keeps the promises of the port', async () => {
    const lab = await dockerLab()
    return { lab, start: () => startRun({ given: { hostKeys: [] }, env: userEnvironment(lab) }), close: async () => undefined }
  })

  engineContract('keeps them where only `docker` knows the way to it', async () => {
    const lab = await dockerLab()
    const program = await insteadOfDocker(lab, '[ "$1" = context ] && exit 1')
    return { lab, start: () => startRun({ given: { hostKeys: [] }, env: { ...userEnvironment(lab), PATH: program.path } }), close: program.close }
  })

  test('is asked without starting `docker` each time', async () => {
    const lab = await dockerLab()
    const part = lab.unique('engine')
    const { name } = await idleContainer(lab, part)
    const program = await insteadOfDocker(lab, '[ "$1" = context ] || exit 99')
    const run = await startRun({ given: { hostKeys: [] }, env: { ...userEnvironment(lab), PATH: program.path } })
    const engine = run.engine()
    await engine.write(name, '/kept/wish', 'größe')
    expect(await engine.read(name, '/kept/wish')).toBe('größe')
    expect(await engine.readFolder(name, '/kept')).toEqual({ wish: 'größe' })
    expect(await engine.containers({ names: [name] })).toMatchObject([{ name, running: true }])
    await run.end()
    await lab.cleanup(part)
    await program.close()
  })

  test('is asked by `docker` where something else answers at the socket', async () => {
    const lab = await dockerLab()
    const part = lab.unique('engine')
    const { name } = await idleContainer(lab, part)
    const folder = await mkdtemp(path.join(tmpdir(), 'engine-'))
    const stranger = http.createServer((_asked, answer) => answer.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"page not found"}'))
    await once(stranger.listen(path.join(folder, 'other.sock')), 'listening')
    const program = await insteadOfDocker(lab, `[ "$1" = context ] && { echo "unix://${folder}/other.sock"; exit 0; }`)
    const run = await startRun({ given: { hostKeys: [] }, env: { ...userEnvironment(lab), PATH: program.path } })
    const engine = run.engine()
    await engine.write(name, '/kept/wish', 'kept')
    expect(await engine.read(name, '/kept/wish')).toBe('kept')
    expect(await engine.containers({ names: [name] })).toMatchObject([{ name, running: true }])
    await run.end()
    await lab.cleanup(part)
    await program.close()
    stranger.close()
    await rm(folder, { recursive: true, force: true })
  })

  describe('that can not be spoken to', () => {
    let folder: string
    const runs: Run[] = []
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'engine-'))
    })
    afterAll(async () => {
      for (const run of runs) await run.end()
      await rm(folder, { recursive: true, force: true })
    })
    const engineWith = async (env: Readonly<Record<string, string>>) => {
      const lab = await dockerLab()
      const run = await startRun({ given: { hostKeys: [] }, env: { ...userEnvironment(lab), ...env } })
      runs.push(run)
      return run.engine()
    }

    test('is told from a `docker` that is not installed', async () => {
      const engine = await engineWith({ PATH: folder })
      expect(await failureOf(engine.run({ what: 'list containers', argv: ['ps'], timeoutMs }))).toMatchObject({ code: 'docker-missing', message: 'Could not list containers: `docker` is not installed here.' })
      expect(await failureOf(engine.stream({ what: 'list containers', argv: ['ps'], timeoutMs }).done)).toMatchObject({ code: 'docker-missing' })
    })

    test('is an error where an exit code or nothing would be an answer', async () => {
      const engine = await engineWith({ DOCKER_HOST: `unix://${folder}/none.sock` })
      const observed = `no Docker Engine answers at \`unix://${folder}/none.sock\``
      expect(await failureOf(engine.run({ what: 'look', argv: ['inspect', 'x'], accept: [0, 1], timeoutMs }))).toMatchObject({ code: 'docker-unreachable', message: `Could not look: ${observed}.` })
      expect(await failureOf(engine.read('x', '/y'))).toMatchObject({ code: 'docker-unreachable', message: `Could not read \`/y\` in the container \`x\`: ${observed}.` })
      expect(await failureOf(engine.write('x', '/y', ''))).toMatchObject({ code: 'docker-unreachable' })
      expect(await failureOf(engine.run({ what: 'start', argv: ['compose', 'ls'], timeoutMs }))).toMatchObject({ code: 'docker-unreachable' })
    })

    test('by a context that is not there', async () => {
      const engine = await engineWith({ DOCKER_HOST: '', DOCKER_CONTEXT: 'nowhere' })
      expect(await failureOf(engine.run({ what: 'look', argv: ['ps'], timeoutMs }))).toMatchObject({ code: 'docker-unreachable', message: 'Could not look: there is no Docker context `nowhere`.' })
    })

    test('is not mistaken for one without plug-ins', async () => {
      const engine = await engineWith({ DOCKER_CONFIG: folder })
      const compose = await failureOf(engine.run({ what: 'start', argv: ['compose', '-f', 'x.yml', 'up', '-d'], accept: [0, 125], timeoutMs }))
      expect(compose.code).toBe('compose-missing')
      expect((await failureOf(engine.run({ what: 'build', argv: ['buildx', 'build', '--push', '.'], timeoutMs }))).code).toBe('buildx-missing')
    })
  })

  test('tells a user who may not use its socket', async () => {
    const lab = await dockerLab()
    const folder = await mkdtemp(path.join(tmpdir(), 'engine-'))
    const docker = lab.env.PATH.split(':')[0]!
    await writeFile(path.join(folder, 'docker'), `#!/bin/sh\nexec setpriv --reuid 64999 --regid 64999 --clear-groups "${docker}/docker" "$@"\n`, { mode: 0o755 })
    const run = await startRun({ given: { hostKeys: [] }, env: { ...userEnvironment(lab), PATH: `${folder}:${lab.env.PATH}` } })
    const failed = await failureOf(run.engine().run({ what: 'list containers', argv: ['ps'], timeoutMs }))
    expect(failed).toMatchObject({ code: 'docker-unreachable', message: `Could not list containers: this user may not use the socket of the Docker Engine, \`unix://${lab.socket}\`.` })
    expect(failed.fix).toContain('group')
    await run.end()
    await rm(folder, { recursive: true, force: true })
  })

  test('tells a full disk', async () => {
    const lab = await dockerLab()
    const small = await lab.privateEngine({ dataBytes: 32 * 1024 * 1024 })
    const run = await startRun({ given: { hostKeys: [] }, env: { ...userEnvironment(lab), ...small.env } })
    await small.docker(['volume', 'create', 'kept'])
    await small.docker(['create', '--name', 'box', '-v', 'kept:/kept', await lab.base('static'), 'true'])
    expect(await failureOf(run.engine().write('box', '/kept/big', 'x'.repeat(40 * 1024 * 1024)))).toMatchObject({ code: 'disk-full' })
    await run.end()
    await small.end()
  })

  test('tells a registry that refuses, and never the password', async () => {
    const lab = await dockerLab()
    const run = await startRun({ given: { hostKeys: [] }, env: userEnvironment(lab) })
    const registry = http.createServer((_asked, answer) => answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="private"' }).end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'))
    await once(registry.listen(0, '127.0.0.1'), 'listening')
    const address = registry.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const login = await failureOf(run.engine().run({ what: 'log in', argv: ['login', '--username', 'u', '--password-stdin', host], stdin: 'password-of-u', timeoutMs }))
    expect(login.code).toBe('registry-refused')
    expect(everythingOf(login)).not.toContain('password-of-u')
    expect((await failureOf(run.engine().run({ what: 'get the image', argv: ['pull', `${host}/shop:1`], timeoutMs }))).code).toBe('registry-refused')
    registry.close()
    await run.end()
  })
})
