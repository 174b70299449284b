import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'
import { asked, containersIn, inShort, live, onTrial, plan } from './hands.js'

withEngines(['docker'], 'users of a compose platform', () => {
  let staging: ComposeLab
  let production: ComposeLab

  beforeAll(async () => {
    staging = await composeLab({ options: { keep: 1 } })
    production = await composeLab({ app: staging.app, environment: 'production', options: { keep: 1 } })
    await live(staging, await staging.release({ version: 'v1' }))
  })
  afterAll(async () => {
    await staging.close()
    await production.close()
  })

  test('notice nothing of a whole roll and of the way back: 200 requests/s, slow ones and a websocket', async () => {
    const { url } = staging
    // Long enough for a machine that has much else to do; what the edge would not answer at all fails just the same.
    const timeoutMs = 30_000
    const running = [
      load({ url, rps: 200, timeoutMs }), load({ url: `${url}/slow?ms=500`, rps: 10, timeoutMs }),
      load({ url, rps: 10, connections: 0, method: 'POST', body: 'x'.repeat(1000), timeoutMs }),
    ]
    const { reach } = await staging.open().launch(await staging.release({ version: 'v2' }), plan)
    const socket = new WebSocket(url.replace('http', 'ws'), { headers: reach!.headers })
    const closed = once(socket, 'close')
    await once(socket, 'open')
    const echo = async (text: string): Promise<string> => {
      const answer = once(socket, 'message')
      socket.send(text)
      return String((await answer)[0])
    }
    for (const weight of [5, 25, 50, 100]) {
      await staging.open().shift(weight)
      expect(await echo(`at ${weight}`)).toBe(`at ${weight}`)
      await sleep(500)
    }
    await staging.open().promote()
    expect(await echo('promoted')).toBe('promoted')
    const [past] = await staging.open().releases()
    await staging.open().restore(past!)
    await sleep(300)
    const counts = await Promise.all(running.map((one) => one.stop()))
    expect(counts.map(({ failures }) => failures)).toEqual([{}, {}, {}])
    expect(counts[0]!.sent).toBeGreaterThan(1000)
    for (const version of ['v1', 'v2']) expect(counts[0]!.versions[version]).toBeGreaterThan(100)
    // It outlived the promotion of its release, and ended with the drain of the way back, which says so.
    await closed
    expect(staging.told.join('\n')).toContain('v2 still had requests after 2 s')
  })

  test('two environments of one application on one engine leave each other alone, also when they prune', async () => {
    await live(production, await production.release({ version: 'v1' }))
    await live(production, await production.release({ version: 'v2' }))
    const before = await containersIn(production.docker, production.scope)
    expect(before).toEqual(['edge running', 'v1 exited', 'v2 running'])
    await live(staging, await staging.release({ version: 'v3' }))
    await live(staging, await staging.release({ version: 'v4' }))
    await onTrial(staging, await staging.release({ version: 'v5' }), 50)
    await staging.open().abandon()
    expect(await containersIn(staging.docker, staging.scope)).toEqual(['edge running', 'v3 exited', 'v4 running'])
    expect(await containersIn(production.docker, production.scope)).toEqual(before)
    const images = await staging.docker.docker(['image', 'ls', '--digests', '--format', '{{.Digest}}'])
    const digest = async (version: string): Promise<string> => (await staging.image({ version })).split('@')[1]!
    expect(images).toContain(await digest('v1'))
    expect(images).not.toContain(await digest('v5'))
    expect([inShort(await staging.open().observe()), inShort(await production.open().observe())]).toEqual([['v4 well', 'none', 0], ['v2 well', 'none', 0]])
    const [past] = await production.open().releases()
    await production.open().restore(past!)
    expect([await asked(staging.url, 10), await asked(production.url, 10)]).toEqual([{ v4: 10 }, { v1: 10 }])
  })
})
