import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { request, Agent } from 'node:http'
import { connect } from 'node:net'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type EdgeLab } from './lab.js'

withEngines(['haproxy'], 'an edge', (pathOf) => {
  let lab: EdgeLab
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'))
    await lab.start()
  })
  afterEach(() => lab.close())

  test.each([[5, 1, 1], [25, 1, 1], [50, 1, 1], [5, 3, 2], [1, 2, 2]])('at %i %% of %i and %i replicas the candidate gets its share, exactly', async (weight, some, others) => {
    const [stable, candidate] = [await lab.arm('v1', some), await lab.arm('v2', others)]
    await lab.wish({ stable, candidate, weight: 0 })
    // Whatever came before, the share is exact from the first request after the change.
    expect(await lab.many(43)).toEqual({ v1: 43 })
    await lab.wish({ stable, candidate, weight: 100 })
    await lab.many(3)
    expect((await lab.wish({ stable, candidate, weight })).weight).toBe(weight)
    expect(await lab.many(200)).toEqual({ v1: 200 - 2 * weight, v2: 2 * weight })
  })

  test('0 and 100 % are all or nothing, also for clients that keep their connections', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const again = async (): Promise<string> => {
      const outgoing = request(lab.url, { agent }).end()
      const [response] = await once(outgoing, 'response')
      response.resume()
      await once(response, 'end')
      return `${response.headers['x-ecluse-version']} ${outgoing.reusedSocket}`
    }
    await lab.wish({ stable, candidate, weight: 0 })
    await again()
    for (const [weight, version] of [[100, 'v2'], [0, 'v1'], [100, 'v2']] as const) {
      expect((await lab.wish({ stable, candidate, weight })).weight).toBe(weight)
      for (let count = 0; count < 10; count += 1) expect(await again()).toBe(`${version} true`)
    }
    agent.destroy()
  })

  test('the first release of all gets traffic when the weight says so', async () => {
    const candidate = await lab.arm('v1')
    expect((await lab.wish({ candidate, weight: 0 })).weight).toBe(0)
    expect((await lab.ask()).status).toBe(503)
    expect((await lab.wish({ candidate, weight: 100 })).weight).toBe(100)
    expect(await lab.many(10)).toEqual({ v1: 10 })
    expect((await lab.wish({ stable: candidate, weight: 0 })).arms).toMatchObject([{ arm: 'stable', up: 1 }])
    expect(await lab.many(10)).toEqual({ v1: 10 })
  })

  test('without a wish nothing is served, and that is said', async () => {
    expect(await lab.until(() => true)).toMatchObject({ revision: 0, weight: 0, fallen: false, returned: false, arms: [] })
    const { status, body, headers } = await lab.ask()
    expect([status, body, headers['x-ecluse-version']]).toEqual([503, 'Ecluse: No release serves in this environment now.\n', undefined])
    expect(lab.told()).toContain('nothing is served')
  })

  test('a header reaches the instance that it names at any weight, uncounted, and never another one', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 0 })
    const named = (instance: string): ReturnType<EdgeLab['ask']> => lab.ask('/', { headers: { 'x-ecluse-instance': instance } })
    expect(await named('i-v2')).toMatchObject({ status: 200, version: 'v2' })
    await lab.wish({ stable, candidate, weight: 100 })
    expect(await named('i-v1')).toMatchObject({ status: 200, version: 'v1' })
    for (const stranger of ['i-v3', 'p1', '', 'i-v1, i-v2']) {
      expect(await named(stranger)).toMatchObject({ status: 404, version: '', body: 'Ecluse: No instance that `x-ecluse-instance` names is here.\n' })
    }
    await stable.replicas[0]!.kill()
    await lab.until(({ arms }) => arms[0]!.up === 0)
    expect(await named('i-v1')).toMatchObject({ status: 503, version: '', body: 'Ecluse: The instance that `x-ecluse-instance` names is not up.\n' })
    await lab.wish({ stable: candidate, weight: 0 })
    expect((await named('i-v1')).status).toBe(404)
    expect(await lab.until(({ revision }) => revision === 3)).toMatchObject({ arms: [{ requests: 0, errors: 0 }] })
  })

  test('a release is up when its own check has passed, not before', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    candidate.replicas[0]!.health = 404
    await lab.wish({ stable, weight: 0 })
    await lab.wish({ stable, candidate, weight: 0 }, { up: false })
    const { at } = lab.state()
    let up = 0
    await lab.until((state) => {
      up += state.arms[1]!.up
      return state.at > at + 1500
    })
    expect(up).toBe(0)
    expect((await lab.ask('/', { headers: { 'x-ecluse-instance': 'i-v2' } })).status).toBe(503)
    candidate.replicas[0]!.health = 302
    await lab.until(({ arms }) => arms[1]!.up === 1)
  })

  test('a release learns who asked, as behind any proxy', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    await lab.ask('/path?a=b', { headers: { host: 'shop.example', 'x-ecluse-version': 'v9' } })
    await lab.ask('/', { headers: { host: 'inner', 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' } })
    const [plain, behind] = stable.replicas[0]!.asked
    expect(plain!.url).toBe('/path?a=b')
    expect(plain!.headers).toMatchObject({ host: 'shop.example', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'shop.example' })
    expect(behind!.headers).toMatchObject({ host: 'inner', 'x-forwarded-for': '203.0.113.9, 127.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' })
  })

  test('requests on their way end where they began, and `active` tells when they have', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 100 })
    const slow = lab.ask('/hold')
    await lab.until(({ arms }) => arms[1]!.active === 1)
    await lab.wish({ stable, candidate, weight: 0 })
    expect(lab.counted('v2').active).toBe(1)
    expect(await lab.many(5)).toEqual({ v1: 5 })
    candidate.replicas[0]!.letGo()
    expect(await slow).toMatchObject({ status: 200, version: 'v2', body: 'v2' })
    await lab.until(({ arms }) => arms[1]!.active === 0)
  })

  test('a release that left while it answered still ends its answer, under its own name', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 100 })
    const slow = lab.ask('/hold')
    await lab.until(({ arms }) => arms[1]!.active === 1)
    await lab.wish({ stable, weight: 0 })
    const third = await lab.arm('v3')
    await lab.wish({ stable, candidate: third, weight: 100 })
    candidate.replicas[0]!.letGo()
    expect(await slow).toMatchObject({ status: 200, version: 'v2', body: 'v2' })
    await lab.wish({ stable, candidate, weight: 0 })
    await lab.until(({ arms }) => arms[1]!.requests === 1)
  })

  test('websockets pass, and stay open when the weight changes', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 100 })
    const socket = connect(lab.port, '127.0.0.1')
    socket.write('GET /ws HTTP/1.1\r\nhost: shop.example\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1\.1 101 [^]*x-ecluse-version: v2\r\n/)
    await lab.wish({ stable, candidate, weight: 0 })
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    expect(lab.counted('v2').active).toBe(1)
    socket.end()
    await lab.until(({ arms }) => arms[1]!.active === 0)
  })
})
