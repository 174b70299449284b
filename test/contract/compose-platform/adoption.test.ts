import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Engine, EngineCall } from '../../../core/ports/engine.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { dockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'
import { asked, compose, containersIn, inShort, live, onTrial, plan } from './hands.js'

const adopting = { adopt: true }

/** The engine, until a call that is as named: that one fails without being done. */
function failingAt(wanted: (argv: readonly string[]) => boolean): (engine: Engine) => Engine {
  return (engine) => ({
    ...engine,
    run: async (call: EngineCall) => {
      if (wanted(call.argv)) throw new Error(`no ${call.argv.slice(0, 2).join(' ')} today`)
      return engine.run(call)
    },
  })
}

withEngines(['docker'], 'a stack that `docker compose up` started, with ports of the host', () => {
  let lab: ComposeLab

  beforeAll(async () => {
    lab = await composeLab()
    await compose(lab.docker, lab, ['up', '--detach'])
  })
  afterAll(() => lab.close())

  const oldOne = async (): Promise<string> => (await lab.docker.docker(['inspect', '--format', '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}', `${lab.app}-web-1`])).trim()
  const untouched = async (): Promise<void> => {
    expect(await oldOne()).toBe('running no')
    // One that was just started again needs a moment to listen.
    while ((await asked(lab.url, 1))['nobody'] !== 1);
    // It has no edge before it: nobody names the version in a header.
    expect(await asked(lab.url, 5)).toEqual({ nobody: 5 })
    expect(await containersIn(lab.docker, lab.scope)).toEqual([])
    expect(inShort(await lab.open(adopting).observe())).toEqual(['v0 well', 'none', 0])
  }

  test('is left alone, and what taking it over would mean is said', async () => {
    const v1 = await lab.release({ version: 'v1' })
    await expect(lab.open().launch(v1, plan)).rejects.toMatchObject({
      code: 'stack-not-adopted', message: expect.stringContaining(`${lab.app}-web-1`), fix: expect.stringMatching(/adopt: true.*for a second or two nobody answers.*serve again if anything fails/),
    })
    expect((await lab.open().observe()).unmanaged).toEqual([`${lab.app}-web-1`])
    expect((await lab.open(adopting).observe()).unmanaged).toBeUndefined()
    await lab.open().abandon()
    await untouched()
  })

  test.each([
    ['the copy does not start', (argv: readonly string[]) => argv[0] === 'compose' && argv.includes('--no-recreate')],
    ['the old one does not stop', (argv: readonly string[]) => argv[0] === 'stop'],
    ['the edge does not start', (argv: readonly string[]) => argv[0] === 'start' && argv[1]!.endsWith('-edge')],
  ])('serves on when %s', async (_what, wanted) => {
    const v1 = await lab.release({ version: 'v1' })
    await expect(lab.open(adopting, failingAt(wanted)).launch(v1, plan)).rejects.toMatchObject({ code: 'edge-failed', message: expect.stringMatching(/serves again.* today/) })
    await untouched()
  })

  test('serves on when the edge does not come up', async () => {
    const broken = { ...adopting, edge: { image: await lab.image({ version: 'v0' }), reload: [] } }
    await expect(lab.open(broken).launch(await lab.release({ version: 'v1' }), plan)).rejects.toMatchObject({ code: 'edge-failed', message: expect.stringContaining('serves again') })
    await untouched()
  })

  test('is taken over with a gap that is told, and is stable before and after', async () => {
    const good: number[] = []
    const running = load({ url: lab.url, rps: 50, connections: 0, timeoutMs: 1000, onAnswer: ({ status, at, ms }) => status === 200 && good.push(at + ms) })
    const launched = await lab.open(adopting).launch(await lab.release({ version: 'v1' }), plan)
    await running.stop()
    const sorted = good.toSorted((a, b) => a - b)
    const gap = Math.max(...sorted.slice(1).map((at, index) => at - sorted[index]!))
    const told = Number(/Taken over; for (\d+) ms at most nobody answered/.exec(lab.told.join('\n'))?.[1])
    process.stderr.write(`the take-over: nobody answered for ${Math.round(gap)} ms; ${told} ms were told\n`)
    // What users see ends with the next answer, which takes its time.
    expect(gap).toBeLessThan(told + 1500)
    expect(launched.arms).toMatchObject({ stable: { identity: 'v0' }, candidate: { identity: 'v1' } })
    expect(inShort(await lab.open(adopting).observe())).toEqual(['v0 well', 'v1 well', 0])
    expect(await asked(lab.url, 10)).toEqual({ v0: 10 })
    expect(await oldOne()).toBe('exited no')
  })

  test('has canaries from then on, and can be gone back to', async () => {
    await lab.open().shift(50)
    expect(await asked(lab.url, 20)).toEqual({ v0: 10, v1: 10 })
    await lab.open().abandon()
    expect(await asked(lab.url, 10)).toEqual({ v0: 10 })
    await live(lab, await lab.release({ version: 'v1' }))
    const [past] = await lab.open().releases()
    expect(past?.release.version).toBe('v0')
    await lab.open().restore(past!)
    expect(await asked(lab.url, 10)).toEqual({ v0: 10 })
  })
})

const FRONTED = `services:
  web:
    image: IMAGE
    environment: { PORT: "8080", HOST: 0.0.0.0 }
    expose: ["8080"]
    restart: always
    stop_grace_period: 2s
  front: { image: FRONT, ports: ["127.0.0.1:PUBLISHED:80"] }
`

/** As nginx: asks for the name when it starts and on SIGHUP, takes the addresses in turn, and the next when one refuses. */
const FRONT = `
import http from 'node:http'
import { resolve4 } from 'node:dns/promises'
let known = []
let turn = 0
const look = async () => {
  try { known = await resolve4('web') } catch { setTimeout(look, 50) }
}
process.on('SIGHUP', look)
process.on('SIGTERM', () => process.exit(0))
await look()
const agent = new http.Agent({ keepAlive: false })
const pass = (request, response, [host, ...others]) => {
  if (!host) return response.writeHead(502).end()
  const up = http.request({ host, port: 8080, path: request.url, method: request.method, headers: request.headers, agent, timeout: 5000 }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  up.on('error', () => (response.headersSent ? response.destroy() : pass(request, response, others)))
  up.end()
}
http.createServer((request, response) => pass(request, response, [...known.slice(turn % known.length), ...known.slice(0, turn++ % known.length)])).listen(80, '0.0.0.0')
`

withEngines(['docker'], 'a stack whose own front finds the service by name', () => {
  let lab: ComposeLab

  beforeAll(async () => {
    const docker = await dockerLab()
    const app = docker.unique('shop')
    const front = await docker.image(`${app}:front`, { base: 'node', files: { '/front.mjs': FRONT }, cmd: ['node', '/front.mjs'] })
    lab = await composeLab({ app, compose: FRONTED.replace('FRONT', front), options: { edge: { image: await docker.base('haproxy'), reload: ['front'] } } })
    await compose(lab.docker, lab, ['up', '--detach'])
    while ((await asked(lab.url, 1))['nobody'] !== 1);
  })
  afterAll(() => lab.close())

  const policy = async (): Promise<string> => (await lab.docker.docker(['inspect', '--format', '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}', `${lab.app}-web-1`])).trim()

  test('is taken over without a gap, and a roll behind it fails nobody', async () => {
    const running = load({ url: lab.url, rps: 20, connections: 0 })
    await onTrial({ open: () => lab.open(adopting) }, await lab.release({ version: 'v1' }), 50)
    await lab.open().promote()
    expect((await running.stop()).failures).toEqual({})
    expect(lab.told.join('\n')).toContain('Taken over while both answered.')
    expect(await asked(lab.url, 10)).toEqual({ v1: 10 })
    expect(await policy()).toBe('exited no')
  })

  test('who starts the old one beside the edge is told what that means', async () => {
    await compose(lab.docker, lab, ['up', '--detach', 'web'])
    await lab.open().launch(await lab.release({ version: 'v2' }), plan)
    expect(lab.told.join('\n')).toMatch(new RegExp(`${lab.app}-web-1.* runs beside the edge.*docker stop ${lab.app}-web-1`))
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'v2 well', 0])
    await lab.docker.docker(['stop', `${lab.app}-web-1`])
    await lab.open().abandon()
  })
})
