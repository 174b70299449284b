/** A canary whose counters a real Prometheus scrapes less often than the source may be silent by the polls alone. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { promote } from '../../../actions/canary-promote/flow.js'
import type { PromoteOutcome } from '../../../actions/canary-promote/outcome.js'
import { openGrounds } from '../../../core/delivery/grounds.js'
import { silenceLimitMs } from '../../../core/domain/climbing.js'
import { VERSION_HEADER } from '../../../core/domain/edge-control/index.js'
import type { Environment } from '../../../core/domain/environment.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { prometheusMetrics } from '../../../core/drivers/metrics/prometheus/index.js'
import { openCounters, scrapeOf } from '../../support/counters-door.mjs'
import { withEngines } from '../../support/engines/index.js'
import { load, type Load } from '../../support/load.mjs'
import { localLab, type LocalLab } from '../../support/local-lab.js'
import { startPrometheus, until, type RunningPrometheus } from '../../support/prometheus-lab.js'

const SCRAPE_S = 12
const POLL_MS = 500

withEngines(['prometheus'], 'Prometheus', (pathOf) => {
  let lab: LocalLab
  let door: Awaited<ReturnType<typeof openCounters>>
  let prometheus: RunningPrometheus
  let users: Load | undefined
  beforeAll(async () => {
    lab = await localLab()
    door = await openCounters(lab.state, 'staging')
    prometheus = await startPrometheus(pathOf('prometheus'), { targets: {}, scrapes: scrapeOf(door.target), everySeconds: SCRAPE_S })
  })
  afterAll(async () => {
    await users?.stop()
    await lab.close()
    await Promise.all([prometheus.stop(), door.close()])
  })

  async function delivered(version: string): Promise<PromoteOutcome> {
    const tolerance = { relative: 1.1, absolute: 0.01 }
    const environment: Environment = {
      name: 'staging', app: 'shop', state: lab.state, url: lab.url, settings: {}, degraded: 'warn', checks: [], identity: { kind: 'header', path: '/', header: VERSION_HEADER },
      rollout: { strategy: 'canary', weights: [50, 100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback', stepAtLeastMs: 1500, stepAtMostMs: 20_000, decideWithinMs: 240_000, healthyWithinMs: 20_000, returnAfterMs: 60_000 },
      judge: { checks: [{ metric: 'errors', name: 'errors', fail: tolerance, pass: { relative: 1.5, absolute: 0.3 }, warmupMs: 0 }], pollMs: POLL_MS, alpha: 0.01, beta: 0.05, minCandidateRequests: 20 },
    }
    const counting = { requests: { metric: 'ecluse_requests_total', matchers: [] }, errors: { metric: 'ecluse_request_errors_total', matchers: [] } }
    const metrics = prometheusMetrics({ access: { url: prometheus.url }, label: 'version', holds: 'identity', select: ['job="edge"'], counting, staleMs: 90_000 }, lab.ambient)
    const grounds = await openGrounds({ platform: async () => lab.open({}, 'staging'), ledger: async () => fileLedger({ folder: `${lab.state}/ledger` }, lab.ambient) }, environment, lab.ambient)
    return promote({ environment, url: lab.url, release: await lab.release({ version }), requestedAt: Date.now(), dryRun: false }, { ...grounds, metrics }, lab.ambient)
  }

  test('a release is no silence before its first scrape, and goes up', async () => {
    // Otherwise the polls alone would be patient enough.
    expect(silenceLimitMs(POLL_MS)).toBeLessThan(SCRAPE_S * 1000)
    expect((await delivered('v1')).reason).toBe('promoted-first')
    users = load({ url: lab.url, rps: 60, seconds: 300 })
    await until(async () => ((await prometheus.value('min(changes(timestamp(ecluse_requests_total{version="v1"})[5m:1s]))')) ?? 0) >= 1, 'v1 to be scraped twice', 5 * SCRAPE_S * 1000)
    const { ok, reason, message } = await delivered('v2')
    if (!ok) throw new Error(message)
    expect({ ok, reason, message }).toMatchObject({ ok: true, reason: expect.stringMatching(/^promoted/) })
  }, 240_000)
})
