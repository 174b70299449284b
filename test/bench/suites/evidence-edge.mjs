// How soon a bad release is stopped where releases are containers: a real Prometheus finds and scrapes them, the real HAProxy deals the requests.
import { readFile } from 'node:fs/promises'
import { engine } from '../../support/engines/catalogue.mjs'
import { lineOf, median } from '../lines.mjs'
import { withStack } from '../stack.mjs'
import { RPS, secondsToStop } from '../stopping.mjs'
import { loadSources } from '../typescript.mjs'

const suite = 'evidence-edge'
const RUNS = 3
const ANALYSIS_S = 240
const peer = 'peer: a canary analysis at intervals, Argo-like'
const scrapes = [{ everySeconds: 1, goal: { ours: 20 } }, { everySeconds: 15, goal: { ours: 75 } }]

const SOURCES = `
  export { hostScope } from './core/domain/edge-control/index.ts'
  export { startPrometheus, until } from './test/support/prometheus-lab.ts'
  export { scrapesOfCompose } from './test/support/prometheus-recipe.ts'`

export async function* measure({ runs = RUNS }) {
  for (const { everySeconds, goal } of scrapes) {
    const seconds = await stopForReal(everySeconds, runs)
    yield lineOf({ suite, metric: `stopped, whole action: 20 % fail, ${RPS} requests/s at 5 % behind HAProxy, Prometheus scrapes the containers every ${everySeconds} s (s, ${peer})`, ours: median(seconds), peer: ANALYSIS_S, goal })
  }
}

/** Seconds from the first request that the bad release failed to the last that it was given. */
async function stopForReal(everySeconds, runs) {
  const { hostScope, scrapesOfCompose, startPrometheus, until } = await loadSources(SOURCES)
  const server = await readFile('test/support/web-app.mjs')
  const made = (version) => ({
    files: { '/app/server.mjs': server, '/app/variant.json': JSON.stringify({ version, errorRate: version.startsWith('bad') ? 0.2 : 0 }) }, env: { PORT: '8080', HOST: '0.0.0.0' },
  })
  return withStack(async (stack) => {
    const { app, docker: { socket } } = stack
    const prometheus = await startPrometheus(programOf('prometheus'), { targets: {}, everySeconds, scrapes: await scrapesOfCompose({ scope: hostScope(app, 'production'), project: app, socket }) })
    try {
      await stack.configure((config) => judgedBy(prometheus.url, config))
      await stack.deploy('v1')
      return await secondsToStop({
        runs, everySeconds, url: stack.url('ours').replace(/\/$/, ''),
        scraped: () => until(async () => ((await prometheus.value('sum(http_requests_total{version="v1",handler="/"})')) ?? 0) > 0, 'the release that serves to be scraped'),
        deliver: async (version) => stack.run('canary-promote', await stack.given(version), ['high-error-rate']),
      })
    } finally {
      await prometheus.stop()
    }
  }, { made })
}

/** What is asked for health is asked by nobody: it is left out. */
function judgedBy(url, config) {
  const { production } = config.environments
  const metrics = { prometheus: { url, preset: 'go', select: '{job="shop",handler!="/health"}' } }
  return {
    ...config, identity: { get: '/health', json: 'version' },
    environments: { production: { ...production, rollout: { weights: [5, 100], step: { 'at-least': '60s' }, 'healthy-within': '60s' }, judge: { every: '5s', errors: { 'fail-above': '+10%' }, metrics } } },
  }
}

function programOf(name) {
  const found = engine(name)
  if (!('path' in found)) throw new Error(`${found.missing} Bring it with: ${found.bring}`)
  return found.path
}
