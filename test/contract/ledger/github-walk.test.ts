import { describe, expect, it } from '@jest/globals'
import { read } from '../../../core/drivers/ledger/github/description.js'
import { startGitHub } from '../../support/services/github/github.mjs'
import { seededRandom } from '../../support/traffic.js'
import { aRelease, aResult, anIntent } from './intents.js'
import { aRun } from './surroundings.js'
import { PLACE, Walk } from './walk.js'

const SEEDS = 20
const STEPS = 500

/** What the servers' answers look like meanwhile. */
const weathers = ['calm', 'replicas'] as const

async function walked(seed: number, weather: (typeof weathers)[number]): Promise<Walk['told']['counts']> {
  const walk = new Walk(seededRandom(seed))
  const github = await startGitHub({ now: () => walk.world.time, seed, limit: 1_000_000 })
  try {
    github.addCommits(1)
    if (weather === 'replicas') github.lag({ match: { method: 'GET', route: /\/deployments/ }, replicas: 3, writes: 2 })
    await walk.go(github, STEPS, seed % 4 === 0 ? 4 : 2)
    github.calm()
    expect(walk.told.faults).toEqual([])

    // Whatever was left is healed by the next run, whose own delivery then is the only active one.
    walk.world.time += 20 * 60_000
    const run = aRun(String(github.addRun().id), 'last', 1)
    const ledger = walk.client(run)
    const taken = await ledger.take(PLACE, { preempt: false })
    if (taken.kind !== 'taken') throw new Error(`still held by ${taken.by.run.id}`)
    for (const { id } of await ledger.inFlight(PLACE)) {
      walk.told.ends.set(id, [...(walk.told.ends.get(id) ?? []), 'healed-at-last'])
      await ledger.finish(taken.lease, id, aResult(walk.world.time, { ok: false, reason: 'healed-at-last', live: aRelease('0') }))
    }
    const { id } = await ledger.begin(taken.lease, anIntent(run, 'last'))
    await ledger.finish(taken.lease, id, aResult(walk.world.time, { live: aRelease('last') }))
    await ledger.release(taken.lease)
    expect(walk.activeOnes()).toEqual([Number(id)])
    expect(await walk.client(run).inFlight(PLACE)).toEqual([])

    // Nothing that was begun is lost, and each end is one that somebody wrote, the same for every reader.
    const { deliveries, holder } = await walk.client(run).history(PLACE, { deliveries: 10_000, events: 10_000 })
    expect(holder).toBeUndefined()
    const ended = new Map(deliveries.map((one) => [one.id, one.result?.reason]))
    for (const [begun] of walk.told.begun) expect(walk.told.ends.get(begun)).toContain(ended.get(begun))
    const remembered = await walk.client(run).history(PLACE, { deliveries: 10_000 })
    expect(remembered.deliveries.map((one) => [one.id, one.result])).toEqual(deliveries.map((one) => [one.id, one.result]))

    // Every state is explained by an event that can be read.
    for (const deployment of github.state.all('deployments')) {
      expect(deployment.task).toBe('ecluse:delivery')
      for (const status of github.statusesOf(deployment.id)) expect(read(status.description)).toBeDefined()
    }
    expect(github.faults).toEqual([])
    return walk.told.counts
  } finally {
    await github.close()
  }
}

describe('10 000 steps of kills, retries and races', () => {
  it.each(weathers)('never yield two active releases, a lost record or a stolen lease (%s)', async (weather) => {
    const sums: Record<string, number> = {}
    for (let seed = 1; seed <= SEEDS / weathers.length; seed += 1) {
      const counts = await walked(seed + (weather === 'calm' ? 0 : 1000), weather)
      for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count
    }
    // The walk went everywhere that it is to go.
    for (const name of ['taken', 'held', 'preempted', 'killed', 'lost', 'healed', 'retried', 'finished']) expect([name, sums[name]! >= 5]).toEqual([name, true])
    expect(sums['steps']).toBe((SEEDS / weathers.length) * STEPS)
  }, 600_000)
})
