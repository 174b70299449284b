/** What outlives a killed server, and where one server ends and another begins. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { chmod, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Release } from '../../../core/domain/release.js'
import { localLab, unusedPort, type LocalLab } from '../../support/local-lab.js'
import { live, plan } from './suite.js'

let lab: LocalLab
let v1: Release
let v2: Release
beforeEach(async () => {
  lab = await localLab()
  v1 = await lab.release({ version: 'v1' }, { COLOUR: 'blue' })
  v2 = await lab.release({ version: 'v2' })
})
afterEach(() => lab.close())

const at = { open: () => lab.open() }
const served = async (): Promise<string | null> => (await fetch(lab.url)).headers.get('x-ecluse-version')
const told = async (): Promise<string> => (await lab.open().diagnose(0)).events.map(({ text }) => text).join('\n')

/** How many instances run now: by their working folders, which lie below the test's own. Only Linux can be asked. */
async function expectRunning(count: number): Promise<void> {
  if (process.platform !== 'linux') return
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  expect(folders.filter((folder) => folder.startsWith(lab.work) && folder.endsWith('/rootfs/app'))).toHaveLength(count)
}

test('a killed server comes back with the same stable process', async () => {
  await live(at, v1)
  const before = (await lab.open().observe()).stable
  await lab.killServer()
  await expect(fetch(lab.url)).rejects.toThrow('')
  const after = (await lab.open().observe()).stable
  expect(after).toEqual(before)
  expect(await served()).toBe('v1')
  await expectRunning(1)
})

test('killed with a candidate in traffic: stable gets everything, and the events say why', async () => {
  await live(at, v1)
  await lab.open().launch(v2, plan)
  await lab.open().shift(50)
  await lab.killServer()
  expect(await lab.open().observe()).toMatchObject({ stable: { release: { version: 'v1' } }, candidate: { release: { version: 'v2' }, healthy: true }, weight: 0 })
  for (let count = 0; count < 10; count += 1) expect(await served()).toBe('v1')
  expect(await told()).toContain('release v2 had 50 %')
  await lab.open().shift(25)
  await lab.open().promote()
  expect(await served()).toBe('v2')
})

test('killed in the middle of a launch: nothing is left behind, and the next launch works', async () => {
  await live(at, v1)
  const slow = await lab.release({ version: 'v-slow', startMs: 1500 })
  const launching = lab.open().launch(slow, plan)
  await sleep(400)
  await lab.killServer()
  // The driver that waited starts the next server and asks it again.
  const launched = await launching
  expect(await lab.open().observe()).toMatchObject({ candidate: { id: launched.id, healthy: true }, weight: 0 })
  await expectRunning(2)
})

test('killed right after a promotion and after going back', async () => {
  await live(at, v1)
  await live(at, v2)
  await lab.killServer()
  expect((await lab.open().observe()).stable?.release.version).toBe('v2')
  const [past] = await lab.open().releases()
  await lab.open().restore(past!)
  await lab.killServer()
  expect((await lab.open().observe()).stable?.release).toEqual(v1)
  expect(await served()).toBe('v1')
})

test('instances that ended while no server watched are started again, and it is told', async () => {
  await live(at, v1)
  const { stable } = await lab.open().observe()
  await lab.killServer()
  await fetch(`${stable!.url}/crash`)
  while (await fetch(`${stable!.url}/health`).then(() => true, () => false)) await sleep(10)
  expect((await lab.open().observe()).stable).toMatchObject({ release: { version: 'v1' }, healthy: true })
  expect(await served()).toBe('v1')
  expect(await told()).toContain('was not running')
})

test('a stable that crashes is started again, counted, and its users wait instead of failing', async () => {
  await live(at, v1)
  await fetch(`${lab.url}/crash`)
  await sleep(30)
  expect(await served()).toBe('v1')
  const diagnosis = await lab.open().diagnose(0)
  expect(diagnosis.stopReasons.join('\n')).toContain('exited with code 7')
  expect(diagnosis.stopReasons.join('\n')).toContain('crashing as asked')
  expect(diagnosis.events.map(({ text }) => text).join('\n')).toContain('restart 1')
})

test('the dead-man\'s switch fires in the server that comes after', async () => {
  await live(at, v1)
  await lab.open().launch(v2, plan)
  await lab.open().returnAt(Date.now() + 60_000)
  await lab.killServer()
  const seen = await lab.open().observe()
  expect(seen.weight).toBe(0)
  expect(seen.returnsAt).toBeUndefined()
})

test('a stopped server leaves no process, and its environment comes back when asked', async () => {
  await live(at, v1)
  await lab.open().launch(await lab.release({ version: 'v-stubborn', stubborn: true }), plan)
  await expectRunning(2)
  await lab.open().abandon()
  await lab.stop()
  await expectRunning(0)
  expect((await lab.open().observe()).stable).toMatchObject({ release: v1, healthy: true })
  expect(await served()).toBe('v1')
})

test('two environments side by side, and one port for each', async () => {
  const other = await unusedPort()
  await live(at, v1)
  const production = lab.open({ port: other }, 'production')
  await production.launch(v2, plan)
  await production.promote()
  expect(await served()).toBe('v1')
  expect((await fetch(`http://127.0.0.1:${other}`)).headers.get('x-ecluse-version')).toBe('v2')
  const third = lab.open({}, 'third')
  await expect(third.launch(v1, plan)).rejects.toMatchObject({ code: 'port-taken', message: expect.stringMatching(new RegExp(`Port ${lab.port} .*environment .staging.`)) })
})

test('a port that a stranger holds is named; the way back from there has nothing to do', async () => {
  const stranger = createServer().listen(lab.port, '127.0.0.1')
  await new Promise((resolve) => stranger.once('listening', resolve))
  await expect(lab.open().launch(v1, plan)).rejects.toMatchObject({ family: 'state', code: 'port-taken', message: expect.stringContaining(`${lab.port}`) })
  const back = lab.open()
  await back.shift(0)
  await back.abandon()
  await back.returnAt(0)
  expect(await back.observe()).toEqual({ weight: 0 })
  stranger.close()
  await live(lab, v1)
  expect(await served()).toBe('v1')
})

test('another port is taken over without a gap', async () => {
  await live(at, v1)
  const port = await unusedPort()
  await lab.open({ port }).shift(0)
  expect((await fetch(`http://127.0.0.1:${port}`)).headers.get('x-ecluse-version')).toBe('v1')
})

test('only its own user may speak to the server', async () => {
  await live(at, v1)
  const folder = path.join(lab.state, 'local', 'staging')
  expect((await stat(path.join(folder, 'control.sock'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

test('a damaged image is refused before anything runs', async () => {
  const blobs = path.join(lab.work, 'image-v2', 'blobs', 'sha256')
  for (const name of await readdir(blobs)) {
    const content = await readFile(path.join(blobs, name))
    if (content[0] !== 0x1f) continue
    await chmod(path.join(blobs, name), 0o644)
    content[content.length - 1]! ^= 1
    await writeFile(path.join(blobs, name), content)
  }
  await expect(lab.open().launch(v2, plan)).rejects.toMatchObject({ family: 'state', code: 'image-corrupt' })
  expect((await lab.open().observe()).candidate).toBeUndefined()
})

test('a past release comes back when its layout is gone', async () => {
  await live(at, v1)
  await live(at, v2)
  await rm(path.join(lab.work, 'image-v1'), { recursive: true })
  // Restart: the standby that would make it easy is gone with its server.
  await lab.stop()
  const [past] = await lab.open().releases()
  await lab.open().restore(past!)
  const environment = await (await fetch(`${lab.url}/env`)).json()
  expect(environment).toMatchObject({ version: 'v1', environment: 'staging', colour: 'blue' })
})

test('a release sees its settings and nothing of ours', async () => {
  process.env['PLANTED_SECRET'] = 'x'
  await live(at, v1)
  const { names } = JSON.parse(await (await fetch(`${lab.url}/env`)).text())
  delete process.env['PLANTED_SECRET']
  expect(names).toEqual(expect.arrayContaining(['COLOUR', 'ECLUSE_VERSION', 'FROM_IMAGE', 'PORT']))
  expect(names).not.toContain('PLANTED_SECRET')
})

test('releases that can not be asked back are removed from the disk', async () => {
  for (const version of ['v1', 'v2', 'v3', 'v4', 'v5']) await live(at, await lab.release({ version }))
  await sleep(100)
  expect(await readdir(path.join(lab.state, 'local', 'staging', 'releases'))).toHaveLength(3)
})

test('a task whose server is killed is not begun a second time', async () => {
  const mark = path.join(lab.work, 'begun')
  const running = lab.open().runTask(v1, { name: 'migrate', argv: ['/bin/sh', '-c', 'echo begun >> "$MARK"; exec sleep 30'], env: { MARK: mark }, timeoutMs: 20_000 })
  const ended = running.then(() => 'ended well', (thrown: unknown) => thrown)
  while (!(await readFile(mark, 'utf8').catch(() => '')).includes('begun')) await sleep(20)
  await lab.killServer()
  expect(await ended).toMatchObject({ code: 'platform-unreachable' })
  // The next server ends what the killed one left running.
  await lab.open().launch(v1, plan)
  expect(await readFile(mark, 'utf8')).toBe('begun\n')
})

test('what an earlier start failed of is not taken for the failure of this one', async () => {
  await live(at, v1)
  await lab.stop()
  const failure = path.join(lab.state, 'local', 'staging', 'failure.json')
  await writeFile(failure, JSON.stringify({ pid: 1, code: 'port-taken', message: 'Port 1 is taken.' }))
  expect(await lab.open().observe()).toMatchObject({ stable: { healthy: true } })
  await expect(stat(failure)).rejects.toMatchObject({ code: 'ENOENT' })
})
