import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { live, onTrial } from './hands.js'

const STACK = `services:
  web:
    image: IMAGE
    environment: { PORT: "8080", HOST: 0.0.0.0 }
    ports: ["127.0.0.1:PUBLISHED:8080"]
    stop_grace_period: 2s
    mem_limit: 120m
`

withEngines(['docker'], 'how containers fare', () => {
  let lab: ComposeLab
  beforeAll(async () => {
    lab = await composeLab({ compose: STACK })
  })
  afterAll(() => lab.close())

  test('restarts, want of memory and what is used are told of the release that they happened to', async () => {
    await live(lab, await lab.release({ version: 'v1' }))
    const since = Date.now()
    await onTrial(lab, await lab.release({ version: 'v2' }), 5)
    const vitals = async (memory: boolean): ReturnType<NonNullable<ReturnType<ComposeLab['open']>['vitals']>> => (await lab.open().vitals!({ since, memory })).toSorted((a, b) => (a.version < b.version ? -1 : 1))
    const [first, second] = await vitals(true)
    expect([first, second]).toMatchObject([{ version: 'v1', restarts: 0, outOfMemory: 0 }, { version: 'v2', instance: (await lab.containers('v2'))[0], restarts: 0, outOfMemory: 0 }])
    for (const one of [first, second]) expect(one?.memoryBytes).toBeGreaterThan(4e6)

    await fetch(`${lab.url}/eat`, { headers: { 'x-ecluse-instance': (await lab.open().observe()).candidate?.id ?? '' } }).catch(() => undefined)
    for (let tries = 300; tries > 0 && (await vitals(false))[1]?.restarts === 0; tries -= 1) await sleep(100)
    const [stable, candidate] = await vitals(false)
    expect(stable).toMatchObject({ version: 'v1', restarts: 0, outOfMemory: 0 })
    expect(candidate?.restarts).toBeGreaterThan(0)
    expect(candidate?.outOfMemory).toBeGreaterThan(0)
    expect(candidate).not.toHaveProperty('memoryBytes')
    await lab.open().abandon()
  })
})
