import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import type { EdgeArmState } from '../../../core/domain/edge-control/index.js'
import { latencyBounds } from '../../../core/domain/latency-bounds.js'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type EdgeLab } from './lab.js'

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0)
const over = (arm: EdgeArmState, ms: number): number => sum(arm.latency.slice(latencyBounds.findIndex((bound) => bound === ms) + 1))

withEngines(['haproxy'], 'what an edge counts', (pathOf) => {
  let lab: EdgeLab
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'))
    await lab.start()
  })
  afterEach(() => lab.close())

  const requests = (version: string, count: number): Promise<unknown> => lab.until(({ arms }) => arms.find((arm) => arm.version === version)?.requests === count)

  test('each answer is counted once, by instance, with its latency', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 25 })
    expect(await lab.many(40)).toEqual({ v1: 30, v2: 10 })
    await requests('v1', 30)
    await requests('v2', 10)
    for (const version of ['v1', 'v2']) expect(sum(lab.counted(version).latency)).toBe(lab.counted(version).requests)
    await lab.wish({ stable, candidate, weight: 100 })
    const before = over(lab.counted('v2'), 300)
    await lab.ask('/slow?320')
    await requests('v2', 11)
    expect(over(lab.counted('v2'), 300)).toBe(before + 1)
    expect(lab.counted('v2').errors).toBe(0)
  })

  test('errors are 5xx, answers cut short and no answer at all; not what the client asked wrongly', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    for (const code of [200, 404, 301, 500, 503]) expect(await lab.ask(`/status?${code}`)).toMatchObject({ status: code, version: 'v1' })
    await requests('v1', 5)
    expect(lab.counted('v1').errors).toBe(2)
    expect(await lab.ask('/die')).toMatchObject({ status: 502, version: 'v1', body: 'Ecluse: The release ended in the middle of its answer.\n' })
    await expect(lab.ask('/cut')).rejects.toThrow('')
    expect(await lab.until(({ arms }) => arms[0]!.errors === 4)).toMatchObject({ arms: [{ requests: 7 }] })
  })

  test('a client that leaves is no error of the release; how long the release took is still seen', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    // Several times as long as the edge needs to tell that it is under way.
    const outgoing = request(`${lab.url}/slow?1500`).end()
    outgoing.once('error', () => undefined)
    await lab.until(({ arms }) => arms[0]!.active === 1)
    outgoing.destroy()
    await requests('v1', 1)
    expect(lab.counted('v1').errors).toBe(0)
    expect(over(lab.counted('v1'), 300)).toBe(1)
  })

  test('a website that is down has answered nothing', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    await stable.replicas[0]!.kill()
    await lab.until(({ arms }) => arms[0]!.up === 0)
    expect((await lab.ask()).status).toBe(503)
    expect(lab.counted('v1').requests).toBe(0)
  })

  test('counters go on where they were: through promotion, when a release comes back, and when HAProxy starts again', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 50 })
    await lab.many(20)
    await lab.wish({ stable: candidate, weight: 0 })
    await lab.many(5)
    await requests('v2', 15)
    await lab.kill()
    const before = Date.now()
    await lab.start()
    await lab.until(({ at, arms }) => at > before && arms[0]?.up === 1)
    expect(lab.counted('v2').requests).toBe(15)
    await lab.many(5)
    await requests('v2', 20)
    await lab.wish({ stable, candidate, weight: 0 })
    expect(lab.counted('v1').requests).toBe(10)
    expect(sum(lab.counted('v1').latency)).toBe(10)
    await lab.many(5)
    await requests('v1', 15)
  })

  test('many releases come and go in few slots, and none is taken for another', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, index) => lab.arm(`v${index}`, 2)))
    for (const [index, candidate] of all.entries()) {
      const stable = all[index - 1]
      await lab.wish({ ...(stable === undefined ? {} : { stable }), candidate, weight: 100 })
      expect(await lab.many(6)).toEqual({ [candidate.version]: 6 })
      await lab.wish({ stable: candidate, weight: 0 })
    }
    await requests('v11', 6)
    await lab.wish({ stable: all[3]!, weight: 0 })
    expect(lab.counted('v3').requests).toBe(6)
    const kept = readFileSync(lab.places.state, 'utf8').split('\n').filter((line) => line.startsWith('counters '))
    expect(kept).toHaveLength(12)
  })
})
