import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type Arm, type EdgeLab } from './lab.js'

const CLIENTS = 60

withEngines(['haproxy'], 'an edge that keeps clients on one release', (pathOf) => {
  let lab: EdgeLab
  let stable: Arm
  let candidate: Arm
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'), { setup: { sticky: true } })
    await lab.start()
    stable = await lab.arm('v1', 3)
    candidate = await lab.arm('v2', 2)
  })
  afterEach(() => lab.close())

  const versionOf = async (cookie: string): Promise<string> => (await lab.ask('/', { headers: { cookie } })).version
  const clients = async (): Promise<readonly string[]> => {
    const made: string[] = []
    for (let count = 0; count < CLIENTS; count += 1) {
      const { headers } = await lab.ask()
      const [cookie] = headers['set-cookie'] as string[]
      expect(cookie).toMatch(/^ecluse=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/)
      made.push(cookie!.split(';')[0]!)
    }
    expect(new Set(made).size).toBe(CLIENTS)
    return made
  }
  const onCandidate = async (all: readonly string[]): Promise<ReadonlySet<string>> => {
    const found = new Set<string>()
    for (const cookie of all) if (await versionOf(cookie) === 'v2') found.add(cookie)
    return found
  }

  test('raising the weight only ever moves clients to the candidate, and going back moves all of them', async () => {
    await lab.wish({ stable, candidate, weight: 50 })
    const all = await clients()
    const half = await onCandidate(all)
    expect(half.size).toBeGreaterThan(CLIENTS * 0.15)
    expect(half.size).toBeLessThan(CLIENTS * 0.85)
    expect(await onCandidate(all)).toEqual(half)
    await lab.wish({ stable, candidate, weight: 80 })
    const more = await onCandidate(all)
    expect([...half].filter((cookie) => !more.has(cookie))).toEqual([])
    expect(more.size).toBeGreaterThan(half.size)
    await lab.wish({ stable, candidate, weight: 0 })
    expect((await onCandidate(all)).size).toBe(0)
    await lab.wish({ stable, candidate, weight: 100 })
    expect((await onCandidate(all)).size).toBe(CLIENTS)
  })

  test('a client stays at one replica, and goes to another when that one is gone', async () => {
    await lab.wish({ stable, weight: 0 })
    const [cookie] = await clients()
    for (const one of stable.replicas) one.asked.splice(0)
    for (let count = 0; count < 6; count += 1) await versionOf(cookie!)
    const counts = (): readonly number[] => stable.replicas.map((one) => one.asked.splice(0).length).toSorted((a, b) => b - a)
    const mine = stable.replicas.find((one) => one.asked.length > 0)
    expect(counts()).toEqual([6, 0, 0])
    await mine!.kill()
    expect(await versionOf(cookie!)).toBe('v1')
    await lab.until(({ arms }) => arms[0]!.up === 2)
    counts()
    for (let count = 0; count < 6; count += 1) await versionOf(cookie!)
    expect(counts()).toEqual([6, 0, 0])
  })

  test('a cookie that nobody gave is replaced by one of ours', async () => {
    await lab.wish({ stable, weight: 0 })
    for (const cookie of ['ecluse=p3', 'ecluse=', `ecluse=${'x'.repeat(32)}`]) {
      expect((await lab.ask('/', { headers: { cookie } })).headers['set-cookie']).toHaveLength(1)
    }
    expect((await lab.ask('/', { headers: { cookie: `a=b; ecluse=${'0a'.repeat(16)}` } })).headers['set-cookie']).toBeUndefined()
  })
})
