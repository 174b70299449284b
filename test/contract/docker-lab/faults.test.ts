import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dockerLab, type DockerLab, type SshHost } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

withEngines(['docker'], 'an engine of one’s own', () => {
  let lab: DockerLab

  beforeAll(async () => {
    lab = await dockerLab()
  })

  test('stops, starts and forgets nothing', async () => {
    const engine = await lab.privateEngine()
    await engine.docker(['volume', 'create', 'kept'])
    await engine.stop()
    await expect(engine.docker(['ps'])).rejects.toThrow('Cannot connect to the Docker daemon')
    await engine.start()
    expect(await engine.docker(['volume', 'ls', '-q'])).toBe('kept\n')
    await engine.kill()
    await expect(engine.docker(['ps'])).rejects.toThrow('Cannot connect to the Docker daemon')
    const { pid } = await engine.start()
    expect(pid).not.toBe(engine.pid)
    expect(await engine.docker(['volume', 'ls', '-q'])).toBe('kept\n')
    await engine.end()
    expect(await lab.docker(['volume', 'ls', '-q'])).not.toContain('kept')
  })

  test('is full when it is full', async () => {
    const engine = await lab.privateEngine({ dataBytes: 64 * 1024 * 1024 })
    const fill = engine.docker(['run', '--rm', await lab.base('static'), 'dd', 'if=/dev/zero', 'of=/full', 'bs=1M', 'count=100'])
    await expect(fill).rejects.toThrow('No space left on device')
    await engine.end()
  })
})

withEngines(['docker', 'openssh'], 'a host by ssh', (pathOf) => {
  let lab: DockerLab
  let host: SshHost
  let folder: string

  beforeAll(async () => {
    lab = await dockerLab()
    host = await lab.sshHost()
    folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-ssh-'))
  })

  afterAll(async () => {
    await host.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const ssh = async (to: SshHost, command: string) => {
    await writeFile(path.join(folder, 'key'), to.privateKey, { mode: 0o600 })
    await writeFile(path.join(folder, 'known'), `${to.hostKeyLine}\n`)
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${path.join(folder, 'known')}`, 'ConnectTimeout=10']
    const { username, hostname, port } = new URL(to.address)
    const argv = ['-F', '/dev/null', '-i', path.join(folder, 'key'), ...options.flatMap((option) => ['-o', option]), '-p', port, `${username}@${hostname}`, command]
    const program = path.join(path.dirname(pathOf('openssh')), 'ssh')
    const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8', timeout: 30_000 })
    return { status, stdout, stderr }
  }

  test('lets its user speak to the lab’s engine', async () => {
    const id = await lab.docker(['info', '-f', '{{.ID}}'])
    expect(await ssh(host, 'docker info -f {{.ID}}')).toMatchObject({ status: 0, stdout: id })
    expect(await host.counts()).toMatchObject({ accepted: 1 })
  })

  test('cuts connections, and admits them again', async () => {
    await host.refuse()
    expect(await ssh(host, 'true')).toMatchObject({ status: 255 })
    await host.admit()
    expect(await ssh(host, 'true')).toMatchObject({ status: 0 })
  })

  test('keeps docker’s socket from a user who is not permitted', async () => {
    const closed = await lab.sshHost({ permitted: false })
    const answer = await ssh(closed, 'docker ps')
    await closed.stop()
    expect(answer.stderr).toContain('permission denied')
  })
})
