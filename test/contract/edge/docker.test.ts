/** The edge as a container among containers: the engine's own names and addresses. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  decodeState, edgePlaces, encodeWish, type EdgeArm, type EdgeState, type EdgeWish,
} from '../../../core/domain/edge-control/index.js'
import { edgeConfiguration, keeperProgram } from '../../../core/drivers/platforms/compose/edge/index.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { ask } from './program.js'

const APP = 'require("node:http").createServer((q, r) => r.end(process.env.VERSION)).listen(8080); process.on("SIGTERM", () => process.exit())'

withEngines(['docker'], 'an edge among containers', () => {
  let lab: DockerLab
  let part: string
  let image: string
  let port: number
  let revision = 0

  const name = (what: string): string => `${part}-${what}`
  const run = async (what: string, version: string, address?: string): Promise<EdgeArm> => {
    const fixed = address === undefined ? [] : ['--ip', address]
    await lab.docker(['run', '-d', '--name', name(what), '--network', part, ...fixed, '-e', `VERSION=${version}`, image])
    return { instance: what, version, servers: [{ host: name(what), port: 8080 }] }
  }
  const addressOf = async (what: string): Promise<string> =>
    (await lab.docker(['inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name(what)])).trim()
  const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'edge-'))
    for (const [place, text] of Object.entries(files)) {
      await writeFile(path.join(folder, 'file'), text)
      await lab.docker(['cp', path.join(folder, 'file'), `${name('edge')}:${place}`])
    }
    await rm(folder, { recursive: true })
  }
  const until = async (wanted: (state: EdgeState) => boolean): Promise<EdgeState> => {
    for (const end = performance.now() + 20_000; performance.now() < end; await sleep(20)) {
      const state = decodeState(await lab.docker(['exec', name('edge'), 'cat', edgePlaces.state]).catch(() => ''))
      if (state !== undefined && wanted(state)) return state
    }
    throw new Error(`the edge: ${await lab.docker(['logs', '--tail', '30', name('edge')])}`)
  }
  const wish = async (wanted: Omit<EdgeWish, 'revision'>): Promise<EdgeState> => {
    revision += 1
    await put({ [edgePlaces.wish]: encodeWish({ ...wanted, revision }) })
    return until((state) => state.revision === revision && state.arms.every(({ up, servers }) => up === servers))
  }
  const many = async (count: number): Promise<Readonly<Record<string, number>>> => {
    const seen: Record<string, number> = {}
    for (let index = 0; index < count; index += 1) {
      const { body, version, status } = await ask(port, '/')
      const key = status === 200 ? `${version} ${body}` : `status ${status}`
      seen[key] = (seen[key] ?? 0) + 1
    }
    return seen
  }

  const published = async (): Promise<number> => Number((await lab.docker(['port', name('edge'), '8080/tcp'])).trim().split(':').at(-1))

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('edge')
    image = await lab.image(`${part}:1`, { base: 'node', files: { '/app.js': APP }, cmd: ['node', '/app.js'] })
    await lab.docker(['network', 'create', '--subnet', '10.213.77.0/24', part])
    await lab.docker([
      'create', '--name', name('edge'), '--network', part, '--publish', '127.0.0.1::8080', '--volume', `${part}:${edgePlaces.folder}`,
      '--user', '0:0', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--restart', 'unless-stopped',
      '--entrypoint', 'haproxy', await lab.base('haproxy'), '-W', '-db', '-f', edgePlaces.configuration,
    ])
    await put({
      [edgePlaces.configuration]: edgeConfiguration({ port: 8080, slots: 2, healthPath: '/', sticky: false }),
      [edgePlaces.keeper]: keeperProgram,
    })
    await lab.docker(['start', name('edge')])
    port = await published()
  })
  afterAll(async () => {
    await lab.cleanup(part)
  })

  test('names of containers are followed through starts, stops and another address', async () => {
    const [stable, candidate] = [await run('one', 'v1'), await run('two', 'v2')]
    expect(await wish({ stable, candidate, weight: 25 })).toMatchObject({ weight: 25 })
    expect(await many(40)).toEqual({ 'v1 v1': 30, 'v2 v2': 10 })
    await lab.docker(['stop', name('two')])
    expect(await until(({ fallen }) => fallen)).toMatchObject({ weight: 0, arms: [{ up: 1 }, { up: 0 }] })
    expect(await many(10)).toEqual({ 'v1 v1': 10 })
    // Somebody else has its address now, and answers there.
    const address = await addressOf('one')
    await lab.docker(['stop', name('one')])
    await until(({ arms }) => arms[0]!.up === 0)
    await run('stranger', 'other', address)
    const waiting = many(1)
    await lab.docker(['start', name('one')])
    await until(({ arms }) => arms[0]!.up === 1)
    expect(await addressOf('one')).not.toBe(address)
    await waiting
    expect(await many(20)).toEqual({ 'v1 v1': 20 })
  })

  test('killed, it comes back by itself with the same wish', async () => {
    const [stable, candidate] = [await run('three', 'v3'), await run('four', 'v4')]
    await wish({ stable, candidate, weight: 50 })
    const processes = (await lab.docker(['exec', name('edge'), 'busybox', 'pidof', 'haproxy'])).trim().split(/\s+/)
    await lab.docker(['exec', name('edge'), 'busybox', 'kill', '-9', ...processes.filter((id) => id !== '1')])
    const killed = Date.now()
    // A fresh process, not the last words of the one before.
    expect(await until(({ at, arms }) => at > killed && arms.every(({ up }) => up === 1))).toMatchObject({ revision, weight: 50 })
    expect(Number(await lab.docker(['inspect', '-f', '{{.RestartCount}}', name('edge')]))).toBeGreaterThan(0)
    port = await published()
    expect(await many(20)).toEqual({ 'v3 v3': 10, 'v4 v4': 10 })
  })
})
