import { readFile, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Engine } from '../../../core/ports/engine.js'
import { programsWith } from '../../support/command-lines.js'
import type { DockerLab, SshHost } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { dockerLab, failureOf, idleContainer, startRun, until, userEnvironment, type Run } from './bench.js'
import { engineContract } from './suite.js'

const timeoutMs = 60_000
const look = (engine: Engine) => engine.run({ what: 'list containers', argv: ['ps', '--quiet'], timeoutMs })
const keysIn = async (folder: string): Promise<readonly string[]> => {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const texts = await Promise.all(files.filter((one) => one.isFile()).map(async (one) => [path.join(one.parentPath, one.name), await readFile(path.join(one.parentPath, one.name), 'utf8').catch(() => '')] as const))
  return texts.flatMap(([name, content]) => (content.includes('PRIVATE KEY') ? [name] : []))
}

withEngines(['docker', 'openssh'], 'a Docker Engine behind ssh', () => {
  let lab: DockerLab
  let host: SshHost
  const start = (to: SshHost): Promise<Run> => startRun({ given: { address: to.address, hostKeys: [to.hostKeyLine], sshKey: to.privateKey }, env: userEnvironment(lab) })

  beforeAll(async () => {
    lab = await dockerLab()
    host = await lab.sshHost()
  })
  afterAll(() => host.stop())

  engineContract('keeps the promises of the port', async () => {
    const shared = await dockerLab()
    const own = await shared.sshHost()
    const given = { address: own.address, hostKeys: [own.hostKeyLine], sshKey: own.privateKey }
    return { lab: shared, start: () => startRun({ given, env: userEnvironment(shared) }), close: () => own.stop() }
  })

  test('is the engine of the host, whatever leads elsewhere here', async () => {
    const run = await startRun({
      given: { address: host.address, hostKeys: [host.hostKeyLine], sshKey: host.privateKey },
      env: { ...userEnvironment(lab), DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CONTEXT: 'nowhere', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nonexistent' },
    })
    const { stdout } = await run.engine().run({ what: 'look', argv: ['info', '--format', '{{.ID}}'], timeoutMs })
    expect(stdout).toBe(await lab.docker(['info', '--format', '{{.ID}}']))
    expect((await run.engine().run({ what: 'look', argv: ['compose', 'ls', '--quiet'], timeoutMs })).exitCode).toBe(0)
    await run.end()
  })

  test('is reached by one connection, by whatever many calls at once, engines and ways back', async () => {
    const own = await lab.sshHost()
    const run = await start(own)
    const engines = [run.engine(), run.engine(), run.engine({}, run.ambient.shielded(60_000))]
    await Promise.all(Array.from({ length: 12 }, (_, index) => look(engines[index % engines.length]!)))
    expect(await own.counts()).toEqual({ open: 1, accepted: 1 })
    run.cancel()
    expect((await failureOf(look(engines[0]!))).code).toBe('aborted')
    await look(run.engine({}, run.ambient.shielded(60_000)))
    expect(await own.counts()).toEqual({ open: 1, accepted: 1 })
    await run.end()
    await until(async () => (await own.counts()).open === 0, 'the end of the connection')
    // It closes the connection before it ends itself.
    await until(async () => programsWith(run.temp).length === 0, 'the end of ssh')
    await own.stop()
  })

  test('whose connection is asked for while a cancelled call is still making it', async () => {
    const own = await lab.sshHost()
    const run = await start(own)
    await own.hold()
    const cancelled = failureOf(look(run.engine()))
    await until(async () => programsWith(run.temp).length > 0, 'ssh')
    const wayBack = look(run.engine({}, run.ambient.shielded(60_000)))
    run.cancel()
    expect((await cancelled).code).toBe('aborted')
    await own.release()
    expect((await wayBack).exitCode).toBe(0)
    await run.end()
    await own.stop()
  })

  test('leaves no key on the disk, and shows none to those who can see command lines', async () => {
    const own = await lab.sshHost()
    const run = await start(own)
    await own.hold()
    const first = look(run.engine())
    const line = await until(async () => programsWith(run.temp)[0]?.line, 'ssh')
    // While it logs in, and for its user only.
    const [key, ...others] = await keysIn(run.temp)
    expect(others).toEqual([])
    expect((await stat(key!)).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(key!))).mode & 0o777).toBe(0o700)
    const secret = own.privateKey.split('\n')[2]!
    expect(line).toContain('StrictHostKeyChecking=yes')
    expect(programsWith(secret)).toEqual([])
    await own.release()
    await first
    expect(await keysIn(run.temp)).toEqual([])
    const failed = await failureOf(look(run.engine({ sshKey: (await lab.sshHost()).privateKey })))
    expect(failed.code).toBe('ssh-failed')
    expect(await keysIn(run.temp)).toEqual([])
    await run.end()
    await own.stop()
  })

  test('removes what a killed run has left, and nothing of one that lives', async () => {
    const run = await start(host)
    const { files, run: me } = run.ambient
    await files.write(`${run.temp}/ecluse-ssh-dead/owner`, `${me.host}\n4194304\n`)
    await files.write(`${run.temp}/ecluse-ssh-dead/k1`, host.privateKey)
    await files.write(`${run.temp}/ecluse-ssh-live/owner`, `${me.host}\n${process.pid}\n`)
    await files.write(`${run.temp}/ecluse-ssh-away/owner`, 'another-machine\n4194304\n')
    await files.write(`${run.temp}/ecluse-ssh-else/k1`, 'of another program')
    await look(run.engine())
    const left = (await readdir(run.temp)).filter((name) => /-(?:dead|live|away|else)$/.test(name))
    expect(left.toSorted()).toEqual(['ecluse-ssh-away', 'ecluse-ssh-else', 'ecluse-ssh-live'])
    await run.end()
  })

  test('goes on when somebody takes the folder of its connection away', async () => {
    const run = await start(host)
    await look(run.engine())
    for (const name of await readdir(run.temp)) await run.ambient.files.remove(`${run.temp}/${name}`)
    expect((await look(run.engine())).exitCode).toBe(0)
    expect((await readdir(run.temp)).length).toBe(1)
    await run.end()
  })

  test('reads and writes files by names that a shell would take for more', async () => {
    const part = lab.unique('engine')
    const idle = await idleContainer(lab, part)
    const run = await start(host)
    const file = '/kept/$(touch x) `y`; "z" \'q\''
    await run.engine().write(idle.name, file, 'plain')
    expect(await run.engine().read(idle.name, file)).toBe('plain')
    await run.end()
    await lab.cleanup(part)
  })
})
