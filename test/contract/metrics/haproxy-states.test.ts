/** What the source says of every state that an edge can be in, and of several hosts. The states are written here, so that time stands still meanwhile. */
import { describe, expect, test } from '@jest/globals'
import { edgeContainer, edgePlaces, encodeState, type EdgeArmState } from '../../../core/domain/edge-control/index.js'
import { latencyBounds } from '../../../core/domain/latency-bounds.js'
import type { Arms } from '../../../core/domain/platform.js'
import { haproxyMetrics } from '../../../core/drivers/metrics/haproxy/index.js'
import { ProcessError } from '../../../core/errors/families.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Engine } from '../../../core/ports/engine.js'
import { realAmbient } from '../../support/surroundings.js'

const SCOPE = 'shop-production'
const slowest = (counts: Readonly<Record<number, number>>): number[] => [...latencyBounds, Infinity].map((bound) => counts[bound] ?? 0)
const arm = (name: 'stable' | 'candidate', requests: number, more: Partial<EdgeArmState> = {}): EdgeArmState => ({
  arm: name, instance: name === 'stable' ? 'i1' : 'i2', version: name === 'stable' ? 'v1' : 'v2', up: 1, servers: 1, active: 0, requests, errors: 0, latency: slowest({ 5: requests }), ...more,
})
const arms: Arms = {
  stable: { name: 'stable', identity: 'v1', labels: { environment: 'production', arm: 'stable', instance: 'i1' } },
  candidate: { name: 'candidate', identity: 'v2', labels: { environment: 'production', arm: 'candidate', instance: 'i2' } },
}

interface Host {
  arms: readonly EdgeArmState[]
  /** The keeper writes again and again. */
  alive: boolean
  /** In the place of a state; `undefined`: there is no such file. */
  text?: string | undefined
  status: string
  gone?: Error
}

/** Hosts whose edges write a state every 100 ms of a clock that only sleeping moves on. */
function labOf(names: readonly string[]): { readonly hosts: readonly Host[]; readonly open: (slowerThanMs?: number) => Metrics; readonly pass: (ms: number) => void; readonly signal: AbortController } {
  const hosts: Host[] = names.map(() => ({ arms: [arm('stable', 100), arm('candidate', 10)], alive: true, status: 'running' }))
  const signal = new AbortController()
  let now = 1_000_000
  const real = realAmbient({ work: '', dist: '' }, signal.signal)
  const ambient: Ambient = { ...real, clock: { now: () => now, sleep: async (ms) => void (now += ms) } }
  const stopped = new Map<Host, number>()
  const engines = names.map((name, index): Engine => ({
    name,
    read: async (container, path) => {
      const host = hosts[index]!
      if (host.gone) throw host.gone
      if (container !== edgeContainer(SCOPE) || path !== edgePlaces.state) return undefined
      if ('text' in host) return host.text
      if (host.alive) stopped.delete(host)
      else if (!stopped.has(host)) stopped.set(host, now)
      // The host's own clock is of another time.
      return encodeState({ revision: 3, at: 5_000 + Math.floor((stopped.get(host) ?? now) / 100) * 100, weight: 10, fallen: false, returned: false, arms: host.arms })
    },
    run: async ({ argv }) => {
      const host = hosts[index]!
      if (host.gone) throw host.gone
      return { stdout: `${argv[0] === 'container' ? host.status : ''}\n`, stderr: '', exitCode: 0, elapsedMs: 1 }
    },
    stream: () => {
      throw new Error('nothing is streamed')
    },
    containers: async () => [],
    readFolder: async () => ({}),
    write: async () => undefined,
    writeFiles: async () => undefined,
  }))
  return {
    hosts, signal,
    open: (slowerThanMs) => haproxyMetrics({ scope: SCOPE, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, engines, ambient),
    pass: (ms) => {
      now += ms
    },
  }
}

describe('one host', () => {
  test('gives both arms at one instant; slow are those above the bound', async () => {
    const { hosts, open } = labOf(['here'])
    hosts[0]!.arms = [arm('stable', 9, { errors: 2, latency: slowest({ 300: 5, 400: 3, Infinity: 1 }) }), arm('candidate', 4)]
    expect(await open(300).read(arms)).toMatchObject({ kind: 'sample', stable: { identity: 'v1', requests: 9, errors: 2, slow: 4 }, candidate: { identity: 'v2', requests: 4, errors: 0, slow: 0 } })
    expect(await open().read(arms)).toMatchObject({ stable: { requests: 9 } })
    expect(await open().read(arms)).not.toHaveProperty('stable.slow')
  })

  test('another launch of the same version is another release', async () => {
    const { hosts, open } = labOf(['here'])
    hosts[0]!.arms = [arm('stable', 100), arm('candidate', 10, { instance: 'i9' })]
    expect(await open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'wrong-release', detail: 'candidate on here is release v2 (instance `i9`), not instance `i2` of it' })
    const anyInstance: Arms = { candidate: { ...arms.candidate, labels: {} } }
    expect(await open().read(anyInstance)).toMatchObject({ kind: 'sample', candidate: { requests: 10 } })
  })

  test('another version under the same instance is another release', async () => {
    const { hosts, open } = labOf(['here'])
    hosts[0]!.arms = [arm('stable', 100, { version: 'v0' }), arm('candidate', 10)]
    expect(await open().read(arms)).toMatchObject({ cause: 'wrong-release', detail: 'stable on here is release v0 (instance `i1`), not v1' })
    await expect(open().preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('not v1') })
  })

  test('the last word of a dead edge is none, whether it is heard first or later', async () => {
    const { hosts, open, pass } = labOf(['here'])
    const source = open()
    expect(await source.read(arms)).toMatchObject({ kind: 'sample' })
    hosts[0]!.alive = false
    pass(500)
    expect(await source.read(arms)).toMatchObject({ kind: 'sample' })
    pass(3000)
    expect(await source.read(arms)).toMatchObject({ cause: 'stale', detail: 'the edge `ecluse-shop-production-edge` on here runs, and has not written its counters for 3 s' })
    expect(await open().read(arms)).toMatchObject({ cause: 'stale' })
    hosts[0]!.status = 'exited'
    expect(await source.read(arms)).toMatchObject({ cause: 'unreachable', detail: 'the edge `ecluse-shop-production-edge` on here does not run, it is exited' })
    await expect(open().preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('it is exited') })
    hosts[0]!.alive = true
    expect(await source.read(arms)).toMatchObject({ kind: 'sample' })
  })

  test('an edge that is read again before it could write is alive', async () => {
    const { open } = labOf(['here'])
    const source = open()
    for (let reads = 0; reads < 5; reads += 1) expect(await source.read(arms)).toMatchObject({ kind: 'sample' })
  })

  test('what is no whole state is not counted', async () => {
    const { hosts, open } = labOf(['here'])
    const whole = encodeState({ revision: 3, at: 1, weight: 10, fallen: false, returned: false, arms: [arm('stable', 1), arm('candidate', 1)] })
    for (const text of ['', whole.slice(0, -4), 'ecluse-state 9\nend 9\n', '{}']) {
      hosts[0]!.text = text
      expect(await open().read(arms)).toMatchObject({ cause: 'malformed', detail: expect.stringContaining('on here can\'t be read') })
    }
    hosts[0]!.text = undefined
    expect(await open().read(arms)).toMatchObject({ cause: 'unreachable', detail: expect.stringContaining('there is no edge `ecluse-shop-production-edge` on here') })
  })

  test('a host that can not be asked is told with what it said, and what to do about it', async () => {
    const { hosts, open } = labOf(['ssh://deploy@shop.example'])
    hosts[0]!.gone = new ProcessError('docker-unreachable', { message: 'The engine does not answer.', fix: 'Start it.', argv: ['docker'], tail: [] })
    expect(await open().read(arms)).toMatchObject({ cause: 'unreachable', detail: 'ssh://deploy@shop.example can\'t be asked: The engine does not answer.' })
    await expect(open().preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', fix: 'Start it.' })
  })

  test('a first release has no stable arm to be read, and its edge must answer all the same', async () => {
    const { hosts, open } = labOf(['here'])
    hosts[0]!.arms = [arm('candidate', 10)]
    const { candidate } = arms
    await open().preflight({ candidate })
    expect(await open().read({ candidate })).not.toHaveProperty('stable')
    hosts[0]!.text = undefined
    await expect(open().preflight({ candidate })).rejects.toMatchObject({ code: 'metrics-unusable' })
  })

  test('a threshold that is no bound is refused with the bounds, and never counted by', async () => {
    const { open } = labOf(['here'])
    await expect(open(333).preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('333 ms'), fix: expect.stringContaining('200, 300, 400') })
    expect(await open(333).read(arms)).toMatchObject({ kind: 'no-data' })
  })

  test('a cancelled run waits for nothing', async () => {
    const { hosts, open, signal } = labOf(['here'])
    hosts[0]!.alive = false
    signal.abort()
    expect(await open().read(arms)).toMatchObject({ kind: 'no-data' })
  })
})

describe('counters that fall', () => {
  test('are said once; from then on it is counted on from what was known', async () => {
    const { hosts, open, pass } = labOf(['here'])
    const [host] = hosts
    const source = open(300)
    host!.arms = [arm('stable', 1000), arm('candidate', 100, { errors: 7, latency: slowest({ 5: 90, 400: 8, Infinity: 2 }) })]
    await source.read(arms)
    host!.arms = [arm('stable', 1010), arm('candidate', 3, { errors: 1, latency: slowest({ 5: 2, 400: 1 }) })]
    pass(1000)
    expect(await source.read(arms)).toMatchObject({ cause: 'went-backwards', detail: 'the edge of here has forgotten requests of its candidate instance `i2`' })
    host!.arms = [arm('stable', 1020), arm('candidate', 8, { errors: 2, latency: slowest({ 5: 5, 400: 3 }) })]
    pass(1000)
    expect(await source.read(arms)).toMatchObject({ kind: 'sample', stable: { requests: 1020 }, candidate: { requests: 105, errors: 8, slow: 12 } })
  })

  test('are those of one instance: the next one begins at its own', async () => {
    const { hosts, open } = labOf(['here'])
    const source = open()
    await source.read(arms)
    hosts[0]!.arms = [arm('stable', 100), arm('candidate', 1, { instance: 'i3', version: 'v3' })]
    expect(await source.read({ ...arms, candidate: { name: 'candidate', identity: 'v3', labels: { instance: 'i3' } } })).toMatchObject({ kind: 'sample', candidate: { requests: 1 } })
  })
})

describe('several hosts', () => {
  test('are added up', async () => {
    const { hosts, open } = labOf(['one', 'two'])
    hosts[1]!.arms = [arm('stable', 50, { errors: 3 }), arm('candidate', 5, { latency: slowest({ 1000: 5 }) })]
    expect(await open(300).read(arms)).toMatchObject({ stable: { requests: 150, errors: 3, slow: 0 }, candidate: { requests: 15, slow: 5 } })
  })

  test('one that is silent makes no sample of the others, and is named', async () => {
    const { hosts, open } = labOf(['one', 'two', 'three'])
    hosts[1]!.gone = new Error('no route')
    hosts[2]!.text = undefined
    expect(await open().read(arms)).toMatchObject({ cause: 'unreachable', detail: expect.stringMatching(/^two can't be asked: no route; there is no edge `\S+` on three/) })
    await expect(open().preflight(arms)).rejects.toMatchObject({ message: expect.stringContaining('two can\'t be asked') })
  })

  test('one without the candidate makes it empty', async () => {
    const { hosts, open } = labOf(['one', 'two'])
    hosts[1]!.arms = [arm('stable', 50)]
    expect(await open().read(arms)).toMatchObject({ cause: 'empty', detail: 'no candidate instance is behind the edge of two' })
  })

  test('one that forgets is not hidden by what another counts', async () => {
    const { hosts, open, pass } = labOf(['one', 'two'])
    const source = open()
    await source.read(arms)
    hosts[0]!.arms = [arm('stable', 0), arm('candidate', 0)]
    hosts[1]!.arms = [arm('stable', 900), arm('candidate', 90)]
    pass(1000)
    expect(await source.read(arms)).toMatchObject({ cause: 'went-backwards', detail: expect.stringContaining('of one') })
    pass(1000)
    expect(await source.read(arms)).toMatchObject({ kind: 'sample', stable: { requests: 1000 }, candidate: { requests: 100 } })
  })
})
