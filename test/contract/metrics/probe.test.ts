import { describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arms } from '../../../core/domain/platform.js'
import type { ArmCounters } from '../../../core/domain/sample.js'
import { probeMetrics, type ProbeGiven } from '../../../core/drivers/metrics/probe/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { localLab } from '../../support/local-lab.js'
import { until } from '../../support/prometheus-lab.js'
import { realAmbient } from '../../support/surroundings.js'
import { plan } from '../platform/suite.js'
import { metricsContract } from './suite.js'

const rule = { kind: 'header', path: '/', header: 'x-ecluse-version' } as const
const given: ProbeGiven = { path: '/', rule, perSecond: 50, timeoutMs: 2000, idleMs: 5000 }

metricsContract('probe', async () => {
  const lab = await localLab()
  const end = new AbortController()
  const ambient = realAmbient(lab.ambient.paths, end.signal)
  await lab.open().launch(await lab.release({ version: 'v1' }), plan)
  await lab.open().promote()
  const { arms } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
  const planned = async (arm: 'stable' | 'candidate', fail: number, slow: number): Promise<void> => {
    const { url, headers } = arms[arm]!.reach!
    await (await fetch(`${url}/plan?fail=${fail}&slow=${slow}`, { headers })).text()
  }
  const counted = async (source: Metrics, arm: 'stable' | 'candidate'): Promise<ArmCounters> => {
    let found: ArmCounters | undefined
    await until(async () => {
      const read = await source.read(arms)
      found = read.kind === 'sample' ? read[arm] : undefined
      return found !== undefined
    }, 'a sample')
    return found!
  }
  return {
    // A machine that is busy can be slow by itself: slow is what takes longer than a second here, and is made to.
    open: (slowerThanMs) => probeMetrics({ ...given, path: '/planned', ...(slowerThanMs === undefined ? {} : { slowerThanMs: 1000 }) }, ambient),
    arms, asksItself: true,
    traffic: async (arm, requests, errors, slow, source) => {
      const before = await counted(source, arm)
      await planned(arm, errors, slow)
      // What the instance has done wrong may still be on its way to us.
      await until(async () => {
        const now = await counted(source, arm)
        return now.requests >= before.requests + requests && now.errors >= before.errors + errors && (now.slow ?? 0) >= (before.slow ?? 0) + slow
      }, 'the plan to be carried out, and counted')
    },
    withdraw: () => lab.open().abandon(),
    unplug: () => lab.stop(),
    close: async () => {
      end.abort()
      await lab.close()
    },
  }
})

/** Two servers that answer as a test says, and count who asks. */
interface Server {
  readonly url: string
  answer: (response: http.ServerResponse) => void
  asked: number
  waiting: number
  most: number
  close(): void
}

async function serverAs(version: string): Promise<Server> {
  const name = (status: number, more = version) => (response: http.ServerResponse) => void response.writeHead(status, { 'x-ecluse-version': more }).end()
  const server = http.createServer((_asked, response) => {
    mine.asked += 1
    mine.waiting += 1
    mine.most = Math.max(mine.most, mine.waiting)
    response.once('close', () => (mine.waiting -= 1))
    mine.answer(response)
  })
  const mine: Server = {
    url: '', answer: name(200), asked: 0, waiting: 0, most: 0,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return Object.assign(mine, { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` })
}

describe('probe', () => {
  let stable: Server
  let candidate: Server
  let arms: Arms
  let end: AbortController
  let ambient: Ambient

  const set = async (run: () => Promise<void>): Promise<void> => {
    stable = await serverAs('v1')
    candidate = await serverAs('v2')
    const reach = (server: Server): { readonly url: string; readonly headers: Readonly<Record<string, string>> } => ({ url: server.url, headers: {} })
    arms = { stable: { name: 'stable', identity: 'v1', labels: {}, reach: reach(stable) }, candidate: { name: 'candidate', identity: 'v2', labels: {}, reach: reach(candidate) } }
    end = new AbortController()
    ambient = realAmbient({ work: '', dist: '' }, end.signal)
    try {
      await run()
    } finally {
      end.abort()
      stable.close()
      candidate.close()
    }
  }
  const says = (status: number, version?: string) => (response: http.ServerResponse) => void response.writeHead(status, version === undefined ? {} : { 'x-ecluse-version': version }).end()
  const settled = async (source: Metrics, want: (read: Awaited<ReturnType<Metrics['read']>>) => boolean): Promise<void> => until(async () => want(await source.read(arms)), 'the source to say so')

  test('a fault is an error of the arm that was asked, whoever it says it is', () => set(async () => {
    const source = probeMetrics(given, ambient)
    await settled(source, ({ kind }) => kind === 'sample')
    candidate.answer = says(503)
    await settled(source, (read) => read.kind === 'sample' && read.candidate.errors > 5)
    expect(await source.read(arms)).toMatchObject({ kind: 'sample', stable: { errors: 0 }, synthetic: true })
  }))

  test('one arm that gives no answer has failed; when none does, the way there is lost and nothing is counted', () => set(async () => {
    const source = probeMetrics(given, ambient)
    await settled(source, ({ kind }) => kind === 'sample')
    candidate.answer = (response) => void response.destroy()
    await settled(source, (read) => read.kind === 'sample' && read.candidate.errors > 3)
    stable.answer = (response) => void response.destroy()
    await settled(source, (read) => read.kind === 'no-data' && read.cause === 'unreachable' && read.detail.startsWith('neither arm answers'))
    for (let look = 0; look < 20; look += 1) expect(await source.read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable' })
    stable.answer = says(200, 'v1')
    candidate.answer = says(200, 'v2')
    await settled(source, ({ kind }) => kind === 'sample')
    const now = await source.read(arms)
    expect(now).toMatchObject({ kind: 'sample', stable: { identity: 'v1' } })
    // A few of the looks at the two ends saw both kinds of answers; each of those twenty would have counted at least one.
    if (now.kind === 'sample') expect(now.stable!.errors).toBeLessThan(15)
  }))

  test('an answer of another release, or of none, is not counted and makes no sample', () => set(async () => {
    const source = probeMetrics(given, ambient)
    await settled(source, ({ kind }) => kind === 'sample')
    candidate.answer = says(200, 'v7')
    await settled(source, (read) => read.kind === 'no-data')
    expect(await source.read(arms)).toMatchObject({ kind: 'no-data', cause: 'wrong-release', detail: 'candidate answers as v7, not as v2' })
    candidate.answer = says(404)
    await settled(source, (read) => read.kind === 'no-data' && read.cause === 'empty')
    expect(await source.read(arms)).toMatchObject({ detail: 'an answer of candidate names no release: no header `x-ecluse-version` in the answer (status 404)' })
  }))

  test('however long an arm takes, few requests wait for it, and the other arm is asked on', () => set(async () => {
    candidate.answer = () => undefined
    const source = probeMetrics({ ...given, timeoutMs: 1000 }, ambient)
    const first = await source.read(arms)
    expect(first).toMatchObject({ kind: 'no-data', cause: 'empty', detail: expect.stringContaining('candidate has not named itself v2 yet: Could not ask candidate') })
    await sleep(1000)
    expect(candidate.most).toBe(10)
    expect(stable.asked).toBeGreaterThan(candidate.asked)
  }))

  test('it asks at its pace: never more than were due', () => set(async () => {
    const source = probeMetrics({ ...given, perSecond: 10 }, ambient)
    const began = Date.now()
    await source.read(arms)
    await sleep(1200)
    const due = Math.floor((Date.now() - began) / 100) + 1
    expect(stable.asked).toBeLessThanOrEqual(due)
    expect(stable.asked).toBeGreaterThan(2)
    expect(Math.abs(stable.asked - candidate.asked)).toBeLessThanOrEqual(1)
  }))

  test.each([
    ['the run is cancelled', () => end.abort()],
    ['the run is over', (tidy: () => Promise<void>) => void tidy()],
  ])('it ends when %s', (_when, ending) => set(async () => {
    const tidying: (() => Promise<void>)[] = []
    const source = probeMetrics(given, { ...ambient, atEnd: (tidy) => void tidying.push(tidy) })
    await source.read(arms)
    ending(async () => tidying[0]!())
    await sleep(100)
    const { asked } = stable
    await sleep(300)
    expect(stable.asked).toBe(asked)
  }))

  test('it ends when nobody wants to know any more, and goes on when somebody does', () => set(async () => {
    const source = probeMetrics({ ...given, idleMs: 200 }, ambient)
    const first = await source.read(arms)
    await sleep(600)
    const { asked } = stable
    await sleep(300)
    expect(stable.asked).toBe(asked)
    // What came in before is one look; the next needs new answers.
    await source.read(arms)
    const again = await source.read(arms)
    expect(stable.asked).toBeGreaterThan(asked)
    expect([first, again]).toMatchObject([{ kind: 'sample' }, { kind: 'sample' }])
  }))

  test('an arm that can not be reached by itself is refused before traffic moves, and is no sample', () => set(async () => {
    const { reach: _reach, ...lost } = arms.candidate
    const some = { ...arms, candidate: lost }
    const source = probeMetrics({ ...given, url: stable.url }, ambient)
    await expect(source.preflight(some)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('how candidate is reached by itself') })
    expect(await source.read(some)).toMatchObject({ kind: 'no-data', cause: 'unreachable' })
    expect(stable.asked).toBe(0)
  }))

  test('one that serves alone is asked where users come in', () => set(async () => {
    const source = probeMetrics({ ...given, url: stable.url }, ambient)
    const alone: Arms = { candidate: { name: 'stable', identity: 'v1', labels: {} } }
    await source.preflight(alone)
    const read = await source.read(alone)
    expect(read).toMatchObject({ kind: 'sample', candidate: { identity: 'v1', errors: 0 }, synthetic: true })
    expect(read).not.toHaveProperty('stable')
  }))

  test.each([
    ['another release', says(200, 'v7'), 'it names itself v7'],
    ['no release', says(200), 'no header `x-ecluse-version`'],
    ['a fault', says(500, 'v1'), 'it answers with a fault'],
  ])('preflight says when what serves answers as %s', (_what, answer, words) => set(async () => {
    stable.answer = answer
    await expect(probeMetrics(given, ambient).preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining(words) })
  }))
})
