import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'
import { edgeLab, type EdgeLab } from './lab.js'

withEngines(['haproxy'], 'an edge whose release falls', (pathOf) => {
  let lab: EdgeLab
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'))
    await lab.start()
  })
  afterEach(() => lab.close())

  test.each([[50, 1], [100, 1], [50, 4], [100, 4]])('at %i %% under load, %i replicas killed at once: only what was on its way is lost, then stable has everything', async (weight, count) => {
    const [stable, candidate] = [await lab.arm('v1', count), await lab.arm('v2', count)]
    await lab.wish({ stable, candidate, weight })
    const lost: { readonly at: number; readonly status: number }[] = []
    const running = load({ url: `${lab.url}/slow?20`, rps: 60, onAnswer: (answer) => (answer.status === 200 ? undefined : lost.push(answer)) })
    await lab.until(({ arms }) => arms[1]!.requests > 20)
    expect(lost).toEqual([])
    await Promise.all(candidate.replicas.map((one) => one.kill()))
    const killed = Date.now()
    expect(await lab.until(({ fallen }) => fallen)).toMatchObject({ weight: 0, arms: [{ up: count }, { up: 0 }] })
    const stood = lab.counted('v1').requests
    await lab.until(({ arms }) => arms[0]!.requests > stood + 50)
    await running.stop()
    expect(lost.filter(({ at, status }) => at > killed || status !== 502)).toEqual([])
    await lab.until(({ arms }) => arms[1]!.errors === lost.length)
    expect(await lab.many(20)).toEqual({ v1: 20 })
  })

  test('a candidate that ended without any request on its way loses none', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 50 })
    await candidate.replicas[0]!.kill()
    expect(await lab.many(30)).toEqual({ v1: 30 })
    await lab.until(({ fallen, weight }) => fallen && weight === 0)
  })

  test('what fell gets nothing when it comes back, also after a restart of HAProxy, until there is another wish', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 50 })
    await candidate.replicas[0]!.kill()
    await lab.until(({ fallen }) => fallen)
    await lab.again('v2', 'v2-1', candidate.replicas[0]!)
    await lab.until(({ arms }) => arms[1]!.up === 1)
    expect(await lab.many(10)).toEqual({ v1: 10 })
    await lab.kill()
    await lab.start()
    await lab.until(({ arms }) => arms.every(({ up }) => up === 1))
    expect(lab.state()).toMatchObject({ fallen: true, weight: 0 })
    expect(await lab.many(10)).toEqual({ v1: 10 })
    expect(await lab.wish({ stable, candidate, weight: 50 })).toMatchObject({ fallen: false, weight: 50 })
    expect(await lab.many(10)).toEqual({ v1: 5, v2: 5 })
  })

  test('a candidate that answers its checks badly has fallen too', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 25 })
    candidate.replicas[0]!.health = 500
    expect(await lab.until(({ fallen }) => fallen)).toMatchObject({ weight: 0, arms: [{ up: 1 }, { up: 0 }] })
  })

  test('without traffic nothing falls', async () => {
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 0 })
    await candidate.replicas[0]!.kill()
    expect(await lab.until(({ arms }) => arms[1]!.up === 0)).toMatchObject({ fallen: false })
    // Traffic for one that is down: it fell at once.
    await lab.wish({ stable, candidate, weight: 5 }, { up: false })
    expect(await lab.until(({ fallen }) => fallen)).toMatchObject({ weight: 0 })
  })

  test('with one of its replicas down an arm keeps its share, no more and no less', async () => {
    const [stable, candidate] = [await lab.arm('v1', 2), await lab.arm('v2', 2)]
    await lab.wish({ stable, candidate, weight: 10 })
    await stable.replicas[0]!.kill()
    expect(await lab.until(({ arms }) => arms[0]!.up === 1)).toMatchObject({ weight: 10, fallen: false })
    expect(await lab.many(100)).toEqual({ v1: 90, v2: 10 })
    await candidate.replicas[1]!.kill()
    expect(await lab.until(({ arms }) => arms[1]!.up === 1)).toMatchObject({ weight: 10, fallen: false })
    expect(await lab.many(100)).toEqual({ v1: 90, v2: 10 })
  })

  test('requests wait for a release that starts again', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    await stable.replicas[0]!.kill()
    await lab.until(({ arms }) => arms[0]!.up === 0)
    const waiting = lab.many(1)
    await lab.again('v1', 'v1-1', stable.replicas[0]!)
    expect(await waiting).toEqual({ v1: 1 })
  })
})
