import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { encodeWish, type EdgeState, type EdgeWish } from '../../../core/domain/edge-control/index.js'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type EdgeLab } from './lab.js'

withEngines(['haproxy'], 'what an edge is told', (pathOf) => {
  let lab: EdgeLab
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'), { setup: { slots: 2 } })
  })
  afterEach(() => lab.close())

  const write = (text: string): void => writeFileSync(lab.places.wish, text)
  /** Waits until the keeper has spoken anew, after it read what was written before. */
  const spoken = async (): Promise<EdgeState> => {
    const { at } = lab.state()
    const next = await lab.until((state) => state.at > at)
    return lab.until((state) => state.at > next.at)
  }
  const two = async (): Promise<Pick<EdgeWish, 'stable' | 'candidate'>> => ({ stable: await lab.arm('v1'), candidate: await lab.arm('v2') })

  test('a wish that is cut, garbled or gone leaves the one before in effect', async () => {
    await lab.start()
    const arms = await two()
    await lab.wish({ ...arms, weight: 25 })
    const next = encodeWish({ ...arms, revision: 2, weight: 100 })
    for (const text of [next.slice(0, -1), next.slice(0, next.length / 2), '', next.replace('weight 100', 'weight 101'), next.replace('end 2', 'end 3')]) {
      write(text)
      expect(await spoken()).toMatchObject({ revision: 1, weight: 25 })
    }
    rmSync(lab.places.wish)
    expect(await spoken()).toMatchObject({ revision: 1, weight: 25 })
    expect(await lab.many(4)).toEqual({ v1: 3, v2: 1 })
    write(next)
    expect(await lab.until(({ revision }) => revision === 2)).toMatchObject({ weight: 100 })
  })

  test('killed and started again it does the same, also when the wish was cut meanwhile', async () => {
    await lab.start()
    const arms = await two()
    await lab.wish({ ...arms, weight: 25 })
    for (const spoil of [() => undefined, () => write('ecluse-wish 1\nrevision 2\nwei'), () => rmSync(lab.places.wish)]) {
      await lab.kill()
      spoil()
      rmSync(lab.places.state)
      await lab.start()
      expect(await lab.until(({ arms: seen }) => seen.length === 2 && seen.every(({ up }) => up === 1))).toMatchObject({ revision: 1, weight: 25 })
      expect(await lab.many(40)).toEqual({ v1: 30, v2: 10 })
    }
    await lab.kill()
    write(encodeWish({ ...arms, revision: 2, weight: 50 }))
    await lab.start()
    expect(await lab.until(({ revision, arms: seen }) => revision === 2 && seen.every(({ up }) => up === 1))).toMatchObject({ weight: 50 })
  })

  test('requests that come while it starts wait until its releases are known to be well', async () => {
    await lab.start()
    await lab.wish({ stable: await lab.arm('v1'), weight: 0 })
    for (let count = 0; count < 3; count += 1) {
      await lab.kill()
      await lab.start()
      expect(await lab.many(3)).toEqual({ v1: 3 })
    }
  })

  test('a candidate that is well before stable is gets nobody because of that', async () => {
    await lab.start()
    const [stable, candidate] = [await lab.arm('v1'), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 5 })
    await lab.kill()
    const killed = Date.now()
    stable.replicas[0]!.health = 500
    await lab.start()
    const waiting = lab.many(3)
    await lab.until(({ at, arms }) => at > killed && arms[1]?.up === 1)
    expect(lab.state()).toMatchObject({ weight: 0, arms: [{ up: 0 }, { up: 1 }] })
    stable.replicas[0]!.health = 200
    await waiting
    expect(await lab.until(({ weight }) => weight === 5)).toMatchObject({ fallen: false })
    expect(candidate.replicas[0]!.asked.length).toBeLessThanOrEqual(1)
  })

  test('nothing but a broken wish, and a broken state: nothing is served, and that is said', async () => {
    write('ecluse-wish 1\nrevision 7\nweight 5\n')
    writeFileSync(lab.places.state, 'ecluse-state 1\nrevision 7\n')
    await lab.start()
    expect(await lab.until(() => true)).toMatchObject({ revision: 0, weight: 0, arms: [] })
    expect((await lab.ask()).status).toBe(503)
  })

  test('a thousand wishes in a row end in the last one', async () => {
    await lab.start()
    const arms = await two()
    for (let revision = 1; revision <= 1000; revision += 1) {
      write(encodeWish({ ...arms, revision, weight: revision % 101 }))
      if (revision % 20 === 0) await lab.until((state) => state.revision === revision)
    }
    const seen = await lab.until(({ revision, arms: [one, other] }) => revision === 1000 && one!.up === 1 && other!.up === 1)
    expect(seen.weight).toBe(1000 % 101)
    write(encodeWish({ ...arms, revision: 1001, weight: 0 }))
    await lab.until(({ revision }) => revision === 1001)
    expect(await lab.many(10)).toEqual({ v1: 10 })
    expect(lab.told()).not.toContain('fault')
  })

  test('more replicas than there is room for are left out, loudly, the candidate\'s first', async () => {
    await lab.start()
    const [stable, candidate] = [await lab.arm('v1', 4), await lab.arm('v2', 3)]
    await lab.wish({ stable, candidate, weight: 50 }, { up: false })
    expect(await lab.until(({ arms }) => arms[0]!.up === 4 && arms[1]!.up === 2)).toMatchObject({ weight: 50, arms: [{ servers: 4 }, { servers: 3 }] })
    expect(lab.told()).toContain('wish 1 names more replicas than this edge has room for: v2-3 gets nothing')
  })

  test('a release that left keeps its place while it answers, as long as there is another one to be had', async () => {
    await lab.start()
    const [stable, left] = [await lab.arm('v1', 2), await lab.arm('v2')]
    await lab.wish({ stable, candidate: left, weight: 100 })
    const [slow, slower] = [lab.ask('/slow?1500'), lab.ask('/hold')]
    slower.catch(() => undefined)
    await lab.until(({ arms }) => arms[1]!.active === 2)
    for (const version of ['v3', 'v4']) {
      await lab.wish({ stable, weight: 0 })
      await lab.wish({ stable, candidate: await lab.arm(version, 3), weight: 0 })
    }
    expect(await slow).toMatchObject({ status: 200, version: 'v2', body: 'v2' })
    await lab.wish({ stable, candidate: await lab.arm('v5', 4), weight: 50 })
    expect(await slower.then(({ status }) => status, () => 'cut')).not.toBe(200)
    expect(await lab.many(8)).toEqual({ v1: 4, v5: 4 })
  })

  test('a weight that can\'t be had exactly is not approximated', async () => {
    await lab.start()
    const [stable, candidate] = [await lab.arm('v1', 1), await lab.arm('v2', 4)]
    expect(await lab.wish({ stable, candidate, weight: 1 })).toMatchObject({ weight: 0 })
    expect(lab.told()).toContain('1 % can\'t be had with 1 and 4 replicas')
    expect(await lab.many(20)).toEqual({ v1: 20 })
  })

  test('names of any letters come back as they were, and no header is broken by them', async () => {
    await lab.start()
    const odd = { ...(await lab.arm('v1')), instance: 'i 1%\n', version: 'nächste\r\nx-evil: 1' }
    expect(await lab.wish({ stable: odd, weight: 0 })).toMatchObject({ arms: [{ instance: odd.instance, version: odd.version }] })
    const { version, headers } = await lab.ask()
    expect([version, headers['x-evil']]).toEqual(['n%C3%A4chste%0D%0Ax-evil%3A%201', undefined])
    expect(readFileSync(lab.places.state, 'utf8')).not.toContain('x-evil: 1')
  })
})
