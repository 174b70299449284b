import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { programsWith, type Running } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'

// A lab and a cluster start and end in a test.
jest.setTimeout(300_000)

interface Told {
  readonly lab: number
  readonly node: number
  readonly folder: string
}

const here = path.dirname(fileURLToPath(import.meta.url))
const KERNEL = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops', 'kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes']
const FOLDERS = ['/var/lib', '/var/log', '/run', '/opt', '/etc/cni']

const firstLine = async (child: ChildProcess): Promise<Told> => {
  const said: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const [line] = await Promise.race([once(child.stdout!.setEncoding('utf8'), 'data'), once(child, 'close').then(() => Promise.reject(new Error(said.join(''))))])
  return JSON.parse(String(line)) as Told
}

const until = async (look: () => boolean): Promise<boolean> => {
  const deadline = performance.now() + 60_000
  while (!look() && performance.now() < deadline) await sleep(20)
  return look()
}

/** What a kubelet and a container runtime would leave on a machine: settings of its kernel, folders of fixed names. */
const machine = (): unknown => [
  KERNEL.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8')),
  FOLDERS.map((folder) => (existsSync(folder) ? readdirSync(folder).filter((name) => /kube|pods|containers$|cni|containerd/.test(name)) : [])),
]

/** Processes with this in their words. */
const running = (word: string): readonly Running[] => programsWith(word).filter(({ pid }) => pid !== process.pid)

/** Of a sleeper and of what holds its pod together. */
const containers = (folder: string): readonly string[] =>
  ['containers', 'sandboxes'].flatMap((kind) => readdirSync(path.join(folder, 'images', 'io.containerd.grpc.v1.cri', kind)))

/** Control groups of these containers. */
const groups = (names: readonly string[]): readonly string[] =>
  ['', ...readdirSync('/sys/fs/cgroup')].flatMap((inside) => names.map((name) => path.join('/sys/fs/cgroup', inside, 'k8s.io', name))).filter((place) => existsSync(place))

withEngines(['docker', 'kubernetes', 'openssl'], 'a cluster of the Docker lab', () => {
  let TMPDIR = ''
  const children: ChildProcess[] = []
  // A lab of their own, which may be killed.
  beforeAll(async () => {
    TMPDIR = await mkdtemp('/tmp/ecluse-cluster-')
    await chmod(TMPDIR, 0o755)
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  afterAll(async () => {
    await until(() => running(`${TMPDIR}/`).length === 0)
    await rm(TMPDIR, { recursive: true, force: true })
  })

  const another = (script: string, ...argv: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [path.join(here, script), ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR } })
    children.push(child)
    return child
  }

  test('goes with the process that asked for it, and leaves nothing', async () => {
    const before = machine()
    const child = another('cluster-child.mjs', '7301')
    const { folder } = await firstLine(child)
    const names = containers(folder)
    expect([running('sleep 7301').length > 0, names.length, groups(names).length > 0]).toEqual([true, 2, true])
    child.kill('SIGKILL')
    expect(await until(() => !existsSync(folder))).toBe(true)
    expect([running('sleep 7301'), running(folder), groups(names), machine()]).toEqual([[], [], [], before])
  })

  test('goes with a lab that is killed; what is left of its files the next lab removes', async () => {
    const child = another('cluster-child.mjs', '7302')
    const { lab, folder } = await firstLine(child)
    const names = containers(folder)
    process.kill(lab, 'SIGKILL')
    await until(() => running('sleep 7302').length === 0 && running(folder).length === 0)
    expect([running('sleep 7302'), running(folder)]).toEqual([[], []])
    expect([existsSync(folder), groups(names).length > 0]).toEqual([true, true])
    await firstLine(another('child.mjs'))
    expect([existsSync(folder), groups(names)]).toEqual([false, []])
  })
})
