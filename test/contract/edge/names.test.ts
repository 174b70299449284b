import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type EdgeLab } from './lab.js'
import { replica, type Replica } from './release.js'

withEngines(['haproxy'], 'the names behind an edge', (pathOf) => {
  let lab: EdgeLab
  const strangers: Replica[] = []
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'))
    await lab.start()
  })
  afterEach(async () => {
    await lab.close()
    await Promise.all(strangers.splice(0).map((one) => one.kill()))
  })

  const upAre = (count: number): Promise<unknown> => lab.until(({ arms }) => arms[0]!.up === count)

  test.each(['nobody', 'failure', 'silence'] as const)('a name that is gone gets no more traffic, even while something answers there; a new one is used (%s)', async (stranger) => {
    lab.names.stranger = stranger
    const stable = await lab.arm('v1', 2)
    await lab.wish({ stable, weight: 0 })
    const [one, other] = stable.replicas
    lab.names.known.delete(one!.host)
    await upAre(1)
    const before = one!.asked.length
    expect(await lab.many(20)).toEqual({ v1: 20 })
    expect([one!.asked.length, other!.asked.length]).toEqual([before, 20])
    const moved = await lab.again('v1', one!.host, { port: one!.port, address: '127.9.9.9' })
    lab.names.known.set(moved.host, [moved.address])
    await upAre(2)
    expect(await lab.many(20)).toEqual({ v1: 20 })
    expect([one!.asked.length, moved.asked.length]).toEqual([before, 10])
  })

  test('a name that moves is followed', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    const moved = await lab.again('v1', 'v1-1', { port: stable.replicas[0]!.port, address: '127.9.9.8' })
    lab.names.known.set('v1-1', [moved.address])
    await lab.until(({ arms }) => arms[0]!.up === 1 && lab.told().includes(`v1-1 is at ${moved.address}`))
    await stable.replicas[0]!.kill()
    expect(await lab.many(5)).toEqual({ v1: 5 })
    expect(moved.asked).toHaveLength(5)
  })

  test('what takes over the address of a replica that ended gets none of its traffic', async () => {
    const stable = await lab.arm('v1', 2)
    const [one, other] = stable.replicas
    await lab.wish({ stable, weight: 0 })
    await one!.kill()
    lab.names.known.delete(one!.host)
    await lab.until(({ arms }) => arms[0]!.up === 1)
    const stranger = await replica('other', 'other-1', one)
    strangers.push(stranger)
    expect(await lab.many(40)).toEqual({ v1: 40 })
    // The name comes back, at an address of its own.
    const moved = await lab.again('v1', one!.host, { port: one!.port, address: '127.9.9.7' })
    lab.names.known.set(one!.host, [moved.address])
    await upAre(2)
    expect(await lab.many(20)).toEqual({ v1: 20 })
    expect([stranger.asked.length, other!.asked.length, moved.asked.length]).toEqual([0, 50, 10])
  })

  test('an engine that answers nobody for seconds takes no replica away, nor gives one that went down its address back', async () => {
    const [stable, candidate] = [await lab.arm('v1', 2), await lab.arm('v2')]
    await lab.wish({ stable, candidate, weight: 50 })
    const known = [...lab.names.known]
    lab.names.known.clear()
    lab.names.stranger = 'silence'
    await lab.until(() => lab.told().includes('answers nobody'))
    const asked = lab.names.asked()
    // Each of the three names several times.
    await lab.until(() => lab.names.asked() >= asked + 15, 30_000)
    expect(lab.state()).toMatchObject({ fallen: false, weight: 50, arms: [{ up: 2 }, { up: 1 }] })
    expect(await lab.many(20)).toEqual({ v1: 10, v2: 10 })
    const [one] = stable.replicas
    await one!.kill()
    await upAre(1)
    const other = await replica('other', 'other-1', one)
    strangers.push(other)
    expect(await lab.many(20)).toEqual({ v1: 10, v2: 10 })
    // Nor when it can't even be asked any more, once it was silent on each of them again.
    const again = lab.names.asked()
    await lab.until(() => lab.names.asked() >= again + 6)
    await lab.names.down()
    await lab.until(() => lab.told().includes('can\'t be asked'))
    const { at } = lab.state()
    await lab.until((state) => state.at > at + 1500)
    expect(await lab.many(20)).toEqual({ v1: 10, v2: 10 })
    expect(other.asked).toHaveLength(0)
    await lab.names.up()
    for (const [name, addresses] of known) lab.names.known.set(name, addresses)
    await upAre(2)
  })

  test('while nobody can be asked, what is known stays, also for a replica that starts again', async () => {
    const stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
    await lab.names.down()
    await lab.until(() => lab.told().includes('can\'t be asked'))
    expect(await lab.many(10)).toEqual({ v1: 10 })
    await stable.replicas[0]!.kill()
    await upAre(0)
    await lab.again('v1', 'v1-1', stable.replicas[0]!)
    await upAre(1)
    expect(await lab.many(10)).toEqual({ v1: 10 })
    await lab.names.up()
    lab.names.known.delete('v1-1')
    await upAre(0)
  })

  test('a name that is not there yet is found when it comes', async () => {
    const stable = await lab.arm('v1')
    lab.names.known.delete('v1-1')
    await lab.wish({ stable, weight: 0 }, { up: false })
    expect(lab.state().arms).toMatchObject([{ up: 0, servers: 1 }])
    const waiting = lab.many(1)
    lab.names.known.set('v1-1', [stable.replicas[0]!.address])
    expect(await waiting).toEqual({ v1: 1 })
  })

  test('one of several addresses is kept as long as it is among them', async () => {
    const stable = await lab.arm('v1')
    const { address } = stable.replicas[0]!
    await lab.wish({ stable, weight: 0 })
    lab.names.known.set('v1-1', ['127.9.9.6', address])
    const asked = lab.names.asked()
    await lab.until(() => lab.names.asked() > asked + 3)
    expect(lab.state().arms).toMatchObject([{ up: 1 }])
    expect(await lab.many(5)).toEqual({ v1: 5 })
  })

  test('addresses can be of the newer kind, and written instead of a name', async () => {
    const stable = await lab.arm('v1')
    const { address, port } = stable.replicas[0]!
    const [a, b, c, d] = address.split('.').map(Number)
    lab.names.known.set('six', [`0:0:0:0:0:ffff:${((a! << 8) + b!).toString(16)}:${((c! << 8) + d!).toString(16)}`])
    await lab.wish({ stable: { ...stable, servers: [{ host: 'six', port }] }, weight: 0 })
    expect(await lab.many(5)).toEqual({ v1: 5 })
    await lab.wish({ stable: { ...stable, servers: [{ host: address, port }] }, weight: 0 })
    expect(await lab.many(5)).toEqual({ v1: 5 })
  })
})
