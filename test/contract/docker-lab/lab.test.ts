import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { dockerLab, type BaseImage, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

interface Told {
  readonly pid: number
  readonly socket: string
  readonly registry: string
  readonly image: string
  readonly engine?: number
  readonly engineSocket?: string
}

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'child.mjs')

const firstLine = async (child: ChildProcess): Promise<Told> => {
  const said: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const [line] = await Promise.race([once(child.stdout!.setEncoding('utf8'), 'data'), once(child, 'close').then(() => Promise.reject(new Error(said.join(''))))])
  return JSON.parse(String(line)) as Told
}

const until = async (look: () => boolean | Promise<boolean>): Promise<boolean> => {
  const deadline = performance.now() + 60_000
  while (!(await look()) && performance.now() < deadline) await sleep(20)
  return look()
}

withEngines(['docker'], 'the Docker lab', () => {
  let lab: DockerLab
  let part: string
  const children: ChildProcess[] = []

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('lab-test')
  })

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  afterAll(() => lab.cleanup(part))

  const another = (argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}): ChildProcess => {
    const child = spawn(process.execPath, [script, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    children.push(child)
    return child
  }

  test('has the engine, Compose, buildx and an image store that knows digests', async () => {
    expect(await lab.docker(['version', '-f', '{{.Server.Version}}'])).toMatch(/^\d+\.\d+\.\d+/)
    expect(await lab.docker(['compose', 'version', '--short'])).toMatch(/^2\./)
    expect(await lab.docker(['buildx', 'version'])).toContain('buildx')
    expect(await lab.docker(['info', '-f', '{{json .DriverStatus}}'])).toContain('io.containerd.snapshotter.v1')
  })

  test('pulls by digest what was put into the registry, and pushes it back as the same', async () => {
    const image = await lab.image(`${part}/shop:1`, { files: { '/app/text': 'hello\n' }, cmd: ['cat', '/app/text'] })
    expect(await lab.docker(['run', '--rm', image])).toBe('hello\n')
    const other = `${lab.registry}/${part}/copy:1`
    await lab.docker(['tag', image, other])
    await lab.docker(['push', '-q', other])
    const answer = await fetch(`http://${lab.registry}/v2/${part}/copy/manifests/1`, { method: 'HEAD', headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } })
    expect(answer.headers.get('docker-content-digest')).toBe(image.split('@')[1])
  })

  test('gives the same digest for the same description, and another for another', async () => {
    const describe = (content: string) => lab.image(`${part}/same`, { files: { '/b': '2', '/a/b': { content, mode: 0o755 } }, env: { A: '1' } })
    expect(await describe('1')).toBe(await describe('1'))
    const image = await describe('2')
    expect(image).not.toBe(await describe('1'))
    await lab.docker(['pull', '-q', image])
    // Of the files alone: no time, no order, no machine is in it.
    expect(JSON.parse(await lab.docker(['image', 'inspect', '-f', '{{json .RootFS.Layers}}', image]))[1]).toBe('sha256:62493e006759bc74e128bbe4237c875b8102dd7a40cfaebb32ddc98af702650f')
  })

  test('tells health as an image says', async () => {
    const image = await lab.image(`${part}/health`, { cmd: ['sleep', '600'], healthcheck: { test: ['test', '-e', '/tmp/well'], interval: 200, startPeriod: 0 } })
    const name = `${part}-health`
    await lab.docker(['run', '-d', '--init', '--name', name, image])
    const health = async (): Promise<string> => (await lab.docker(['inspect', '-f', '{{.State.Health.Status}}', name])).trim()
    expect(await until(async () => (await health()) === 'unhealthy')).toBe(true)
    await lab.docker(['exec', name, 'touch', '/tmp/well'])
    expect(await until(async () => (await health()) === 'healthy')).toBe(true)
  })

  const said: readonly (readonly [BaseImage, readonly string[], string])[] = [
    ['static', ['sh', '-c', 'echo $((6*7))'], '42'],
    ['node', ['node', '-p', 'process.version'], process.version],
    ['haproxy', ['-vv'], 'Built with Lua'],
    ['redis', ['redis-server', '--version'], 'Redis server'],
    ['postgres', ['sh', '-c', 'initdb --version'], 'PostgreSQL'],
    ['python', ['python3', '-c', 'import ssl, sqlite3, http.server; print("modules")'], 'modules'],
  ]
  test.each(said)('has a base image `%s` whose program runs', async (name, argv, expected) => {
    expect(await lab.docker(['run', '--rm', await lab.base(name), ...argv])).toContain(expected)
  })

  test('is one for all processes', async () => {
    const [one, two] = await Promise.all([firstLine(another()), firstLine(another())])
    expect(one).toEqual(two)
    expect([one.socket, one.registry]).toEqual([lab.socket, lab.registry])
  })

  test('ends what a process opened when that is killed', async () => {
    const child = another(['with-engine'])
    const { engine, engineSocket } = await firstLine(child)
    expect(existsSync(`/proc/${engine}`)).toBe(true)
    child.kill('SIGKILL')
    expect(await until(() => !existsSync(`/proc/${engine}`) && !existsSync(path.dirname(engineSocket!)))).toBe(true)
  })
  test('leaves nothing that the next one would not remove, when it is killed itself', async () => {
    const TMPDIR = await mkdtemp('/tmp/ecluse-place-')
    await chmod(TMPDIR, 0o755)
    const first = await firstLine(another(['with-engine'], { TMPDIR }))
    expect(first.socket.startsWith(TMPDIR)).toBe(true)
    process.kill(first.pid, 'SIGKILL')
    const next = await firstLine(another([], { TMPDIR }))
    expect(next.pid).not.toBe(first.pid)
    expect(existsSync(path.dirname(first.engineSocket!))).toBe(false)
    expect(await until(() => !existsSync(`/proc/${first.engine}`))).toBe(true)
    for (const child of children.splice(0)) child.kill('SIGKILL')
    expect(await until(() => !existsSync(`/proc/${next.pid}`))).toBe(true)
    await rm(TMPDIR, { recursive: true })
  })
})
