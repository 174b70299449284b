import { afterEach, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { madeOf } from '../../../core/drivers/platforms/compose/edge/index.js'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'
import { edgeLab, type EdgeLab } from './lab.js'

withEngines(['haproxy'], 'a roll through an edge', (pathOf) => {
  let lab: EdgeLab
  afterEach(() => lab.close())

  /** Waits until an arm has answered so many more. */
  const answered = async (version: string, more: number): Promise<void> => {
    const stood = lab.counted(version).requests
    await lab.until(() => lab.counted(version).requests >= stood + more)
  }

  const again = async (agent: Agent): Promise<string> => {
    const outgoing = request(lab.url, { agent }).end()
    const [response] = await once(outgoing, 'response')
    response.resume()
    await once(response, 'end')
    return `${response.headers['x-ecluse-version']} ${outgoing.reusedSocket}`
  }

  test.each([
    ['GET, kept connections', { connections: 20 }],
    ['GET, new connections', { connections: 0 }],
    ['POST', { method: 'POST', body: 'x'.repeat(20_000) }],
  ])('no request fails while the weight goes up, the release becomes stable, and the one before comes back: %s', async (_, how) => {
    lab = await edgeLab(pathOf('haproxy'))
    await lab.start()
    const [first, second, third] = [await lab.arm('v1', 2), await lab.arm('v2', 2), await lab.arm('v3', 2)]
    await lab.wish({ stable: first, weight: 0 })
    const running = load({ url: `${lab.url}/slow?5`, rps: 60, ...how })
    for (const weight of [0, 5, 25, 50, 100]) {
      await lab.wish({ stable: first, candidate: second, weight })
      await answered(weight === 0 ? 'v1' : 'v2', 5)
    }
    await lab.until(({ arms }) => arms[0]!.active === 0)
    await lab.wish({ stable: second, weight: 0 })
    // As its container is stopped when nothing of it is on its way any more.
    await Promise.all(first.replicas.map((one) => one.kill()))
    await answered('v2', 20)
    await lab.wish({ stable: second, candidate: third, weight: 50 })
    await answered('v3', 20)
    await lab.wish({ stable: second, candidate: third, weight: 0 })
    await lab.until(({ arms }) => arms[1]!.active === 0)
    await Promise.all(third.replicas.map((one) => one.kill()))
    await lab.wish({ stable: second, weight: 0 })
    await answered('v2', 20)
    expect((await running.stop()).failures).toEqual({})
  })

  test('a new configuration takes over without a failed request, and counts on', async () => {
    lab = await edgeLab(pathOf('haproxy'), { argv: ['-W', '-db'] })
    await lab.start()
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 25 })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await again(agent)
    const running = load({ url: `${lab.url}/slow?10`, rps: 50 })
    await answered('v2', 10)
    const first = readFileSync(lab.places.configuration, 'utf8')
    expect(lab.state().made).toBe(madeOf(first))
    for (let count = 1; count <= 2; count += 1) {
      const stood = lab.counted('v1').requests
      const next = first.replace(madeOf(first)!, `next-${count}`)
      writeFileSync(lab.places.configuration, next)
      lab.signal('SIGUSR2')
      await lab.until(({ made }) => made === madeOf(next))
      await answered('v1', 50)
      expect(lab.counted('v1').requests).toBeGreaterThan(stood)
      expect(lab.state()).toMatchObject({ revision: 1, weight: 25, fallen: false, arms: [{ up: 1 }, { up: 1 }] })
    }
    expect((await running.stop()).failures).toEqual({})
    // A connection that the first process still has goes where the newest wish says.
    await lab.wish({ stable, candidate, weight: 100 })
    expect(await again(agent)).toBe('v2 true')
    agent.destroy()
    await lab.kill('SIGTERM')
  })
})
