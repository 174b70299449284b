import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Release } from '../../../core/domain/release.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { asked, containersIn, inShort, live, onTrial, plan, seenAs } from './hands.js'

const STACK = `services:
  web:
    image: IMAGE
    environment: { PORT: "8080", HOST: 0.0.0.0 }
    ports: ["127.0.0.1:PUBLISHED:8080"]
    stop_grace_period: 2s
    mem_limit: 120m
    healthcheck: { test: test ! -e /tmp/unwell, interval: 300ms, retries: 2, start_period: 5s, start_interval: 200ms }
`

withEngines(['docker'], 'a candidate that is not up to it', () => {
  let lab: ComposeLab
  let v2: Release

  beforeAll(async () => {
    lab = await composeLab({ compose: STACK })
    v2 = await lab.release({ version: 'v2' })
  })
  afterAll(() => lab.close())

  const candidate = async (): Promise<string> => (await lab.containers('v2'))[0]!
  const restartsOf = async (name: string): Promise<number> => Number(await lab.docker.docker(['inspect', '--format', '{{if .State.Running}}{{.RestartCount}}{{else}}0{{end}}', name]))
  const back = async (): Promise<void> => {
    await lab.open().abandon()
    expect([...inShort(await lab.open().observe()), await asked(lab.url, 10)]).toEqual(['v1 well', 'none', 0, { v1: 10 }])
  }

  test('finds the port of the edge taken: that is said, and what has it keeps it', async () => {
    const other = createServer().listen(lab.port, '127.0.0.1')
    await once(other, 'listening')
    await expect(lab.open().launch(v2, plan)).rejects.toMatchObject({ code: 'port-taken', message: expect.stringContaining(String(lab.port)) })
    expect(inShort(await lab.open().observe())).toEqual(['none', 'none', 0])
    other.close()
    await once(other, 'close')
    await live(lab, await lab.release({ version: 'v1' }))
    expect(await asked(lab.url, 10)).toEqual({ v1: 10 })
  })

  test('is unwell by its own healthcheck alone: no more weight is given, and it is said why', async () => {
    await onTrial(lab, v2, 25)
    const since = Date.now()
    await lab.docker.docker(['exec', await candidate(), 'touch', '/tmp/unwell'])
    expect(inShort(await seenAs(lab.open(), (seen) => seen.candidate?.healthy === false))).toEqual(['v1 well', 'v2 unwell', 25])
    await expect(lab.open().shift(50)).rejects.toMatchObject({ code: 'candidate-unhealthy' })
    await expect(lab.open().promote()).rejects.toMatchObject({ code: 'candidate-unhealthy' })
    expect((await lab.open().diagnose(since)).stopReasons.join('\n')).toContain('is unhealthy by its own healthcheck')
    await back()
  })

  test('ends while nobody asks it anything and is started again by the engine: no more weight is given, and it is said why', async () => {
    await onTrial(lab, v2, 25)
    await fetch(`${lab.url}/crash`, { headers: { 'x-ecluse-instance': (await lab.open().observe()).candidate?.id ?? '' } }).catch(() => undefined)
    const name = await candidate()
    for (let tries = 100; tries > 0 && (await restartsOf(name)) === 0; tries -= 1) await sleep(100)
    const refused = { code: 'candidate-unhealthy', message: expect.stringMatching(/the engine started it again|went down while it had traffic/) }
    await expect(lab.open().shift(50)).rejects.toMatchObject(refused)
    await expect(lab.open().promote()).rejects.toMatchObject(refused)
    await back()
    // A new trial of it is judged by itself.
    await onTrial(lab, v2, 25)
    await lab.open().shift(50)
    await back()
  })

  test('wants more memory than it may have: the engine ends it, stable gets everything, and it is said why', async () => {
    await onTrial(lab, v2, 50)
    const since = Date.now()
    await fetch(`${lab.url}/eat`, { headers: { 'x-ecluse-instance': (await lab.open().observe()).candidate?.id ?? '' } })
    const name = await candidate()
    for (let tries = 300; tries > 0 && (await restartsOf(name)) === 0; tries -= 1) await asked(lab.url, 5)
    // At once: the engine keeps its last events only, and healthchecks make a dozen a second.
    const { stopReasons, events } = await lab.open().diagnose(since)
    await expect(lab.open().shift(75)).rejects.toMatchObject({ code: 'candidate-unhealthy' })
    expect(stopReasons.join('\n')).toMatch(/v2/)
    expect(events.map(({ text }) => text)).toEqual(expect.arrayContaining([`${name}: oom`, `${name}: die with exit code 137`]))
    await back()
  })

  test('can not be fetched: that is said, and nothing is left of it', async () => {
    const before = await containersIn(lab.docker, lab.scope)
    const [registry] = Object.values(v2.images)[0]!.split('@')
    const missing: Release = { ...v2, version: 'v9', images: { web: `${registry}@sha256:${'0'.repeat(64)}` } }
    await expect(lab.open().launch(missing, plan)).rejects.toMatchObject({ code: 'image-not-found' })
    const nowhere: Release = { ...v2, version: 'v9', images: { web: `127.0.0.1:1/shop@sha256:${'0'.repeat(64)}` } }
    await expect(lab.open().launch(nowhere, plan)).rejects.toMatchObject({ code: 'registry-unreachable' })
    const refusing = createHttpServer((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="images"' }).end()).listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const secret: Release = { ...v2, version: 'v9', images: { web: `127.0.0.1:${(refusing.address() as AddressInfo).port}/shop@sha256:${'0'.repeat(64)}` } }
    await expect(lab.open().launch(secret, plan)).rejects.toMatchObject({ code: 'registry-refused' })
    refusing.close()
    expect(await containersIn(lab.docker, lab.scope)).toEqual(before)
    await back()
  })
})
