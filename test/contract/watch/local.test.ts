/** A watch on the real platform `local`, its proxy's counters and a ledger in files: a window of five seconds, under load. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { promote } from '../../../actions/canary-promote/flow.js'
import { watchRelease } from '../../../actions/watch-release/flow.js'
import type { WatchOutcome } from '../../../actions/watch-release/outcome.js'
import type { WatchRequest } from '../../../actions/watch-release/session.js'
import { openGrounds } from '../../../core/delivery/grounds.js'
import type { Environment } from '../../../core/domain/environment.js'
import { VERSION_HEADER } from '../../../core/domain/edge-control/index.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { load, type Load } from '../../support/load.mjs'
import { localLab, type LocalLab } from '../../support/local-lab.js'

let lab: LocalLab
let environment: Environment
const loads: Load[] = []

beforeAll(async () => {
  lab = await localLab({ keep: 5 })
  environment = {
    name: 'staging', app: 'shop', state: lab.state, url: lab.url, settings: {}, degraded: 'warn', checks: [],
    identity: { kind: 'header', path: '/', header: VERSION_HEADER },
    rollout: { strategy: 'canary', weights: [50, 100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback', stepAtLeastMs: 1500, stepAtMostMs: 20_000, decideWithinMs: 60_000, healthyWithinMs: 20_000, returnAfterMs: 30_000 },
    judge: { checks: [{ metric: 'errors', name: 'errors', fail: { relative: 1.1, absolute: 0.01 }, pass: { relative: 1.5, absolute: 0.3 }, warmupMs: 0 }], pollMs: 200, alpha: 0.01, beta: 0.05, minCandidateRequests: 20 },
    watch: { forMs: 5000, everyMs: 250, onFail: 'rollback' },
  }
})
afterAll(async () => {
  for (const one of loads) await one.stop()
  await lab.close()
})

const open = () => openGrounds({ platform: async () => lab.open({}, 'staging'), ledger: async () => fileLedger({ folder: `${lab.state}/ledger` }, lab.ambient) }, environment, lab.ambient)

async function delivered(version: string): Promise<string> {
  const release = await lab.release({ version })
  const { reason } = await promote({ environment, url: lab.url, release, requestedAt: Date.now(), dryRun: false }, { ...(await open()), metrics: lab.metrics() }, lab.ambient)
  return reason
}

async function watched(mode: WatchRequest['mode'] = 'run', forMs = 5000): Promise<WatchOutcome> {
  const request = { environment, url: lab.url, policy: { ...environment.watch!, forMs }, mode, startedAt: Date.now() }
  const cache = async (): Promise<never> => {
    throw new Error('there is no cache')
  }
  return watchRelease(request, { ...(await open()), metrics: lab.metrics(), cache }, lab.ambient)
}

test('a release is watched to the end, the next one turns bad and is taken back, and the record knows it all', async () => {
  expect(await delivered('v1')).toBe('promoted-first')
  expect(await watched()).toMatchObject({ ok: true, reason: 'first-release' })
  loads.push(load({ url: lab.url, rps: 120 }))

  expect(await delivered('v2')).toMatch(/^promoted/)
  const first = await watched()
  expect(first).toMatchObject({ ok: true, reason: 'watched', outputs: { version: 'v2', verdict: 'pass' } })
  expect(Number(first.outputs.requests)).toBeGreaterThan(50)

  expect(await delivered('v3')).toMatch(/^promoted/)
  // Longer than it takes, however slow the machine is: its end is not what this is about.
  const long = 60_000
  expect(await watched('look', long)).toMatchObject({ ok: true, reason: 'still-watching' })
  loads.push(load({ url: `${lab.url}/fail`, rps: 60 }))
  const second = await watched('run', long)
  expect(second).toMatchObject({ ok: false, reason: 'rolled-back', outputs: { version: 'v3', serves: 'v2', cause: 'high-error-rate' } })
  expect((await fetch(lab.url)).headers.get(VERSION_HEADER)).toBe('v2')
  const { deliveries, facts, holder } = await fileLedger({ folder: `${lab.state}/ledger` }, lab.ambient).history('staging')
  expect(deliveries.at(-1)).toMatchObject({ intent: { kind: 'rollback' }, result: { ok: true, live: { version: 'v2' }, bad: { version: 'v3' } } })
  expect(facts.filter(({ type }) => type === 'watched')).toMatchObject([{ reason: 'first-release' }, { reason: 'watched', version: 'v2' }, { reason: 'rolled-back', version: 'v3' }])
  expect(holder).toBeUndefined()
  expect(await watched('look')).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
})
