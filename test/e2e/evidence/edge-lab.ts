/** A user's stack on a real Docker Engine behind the real edge, in which a Prometheus finds each release's containers by their labels. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import type { Variant } from '../../support/images.js'
import type { Load } from '../../support/load.mjs'
import { startPrometheus, until, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { scrapesOfCompose } from '../../support/prometheus-recipe.js'
import { runAction, type ActionRun } from '../../support/runner.mjs'
import { underWay } from '../../support/under-way.js'
import type { Lab, LedgerLine } from '../lab.js'
import { QUICK_JUDGE, QUICK_ROLLOUT } from './lab.js'

export interface EdgeLab extends Pick<Lab, 'run' | 'start' | 'release' | 'served' | 'ledger' | 'recorded' | 'work'> {
  readonly compose: ComposeLab
  users(rps: number): Load
  close(): Promise<void>
}

export interface EdgeGiven {
  /** Keys of the environment, in place of the usual ones. */
  readonly keys?: Readonly<Record<string, unknown>>
  /** What every step gets beside the engine's. */
  readonly env?: Readonly<Record<string, string>>
}

/** Containers on a machine with much else to do take their time. */
const ROLLOUT = { ...QUICK_ROLLOUT, 'healthy-within': '60s', 'decide-within': '100s' }

export const stackOf = (): Promise<ComposeLab> => composeLab({ environment: 'production' })

/** A checkout for a stack, which it ends with. */
export async function edgeLab(compose: ComposeLab, { keys, env }: EdgeGiven = {}): Promise<EdgeLab> {
  const { docker, app, work, url } = compose
  const file = path.join(work, '.ecluse', 'ledger', 'production.jsonl')
  await writeFile(path.join(work, 'ecluse.yml'), stringify({
    app, identity: { get: '/health', json: 'version' },
    environments: { production: {
      url, platform: { compose: { files: ['compose.yml'], project: app, service: 'web', drain: '1s', keep: 2, edge: { image: await docker.base('haproxy') } } },
      checks: ['GET /health json.status=ok within 2s'], rollout: ROLLOUT, judge: { ...QUICK_JUDGE, every: '1s' }, ...keys,
    } },
  }))
  const going = underWay()
  const place = (action: string, inputs: ActionRun['inputs'] = {}, more: ActionRun['env'] = {}): ActionRun => ({ action, cwd: work, inputs, env: { ...docker.env, ...env, ...more } })
  const ledger = async (): Promise<readonly LedgerLine[]> => {
    const content = await readFile(file, 'utf8').catch(() => '')
    // The last line may still be on its way.
    return content.slice(0, content.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line) as LedgerLine)
  }
  return {
    compose, work, ledger,
    run: (action, inputs, more) => runAction(place(action, inputs, more)),
    start: (action, inputs, more) => going.start(place(action, inputs, more)),
    release: async (variant: Variant) => ({ image: await compose.image(variant), version: variant.version }),
    served: async () => Promise.all(Array.from({ length: 20 }, async () => ((await (await fetch(`${url}/health`)).json()) as { version: string }).version)),
    recorded: async (wanted) => {
      for (const end = Date.now() + 150_000; Date.now() < end; await sleep(10)) if ((await ledger()).some(wanted)) return
      throw new Error(`The ledger never held what was waited for:\n${JSON.stringify(await ledger(), undefined, 1)}`)
    },
    users: (rps) => going.load({ url: `${url}/`, rps, connections: 0 }),
    close: async () => {
      await going.end()
      await compose.close()
    },
  }
}

export interface ScrapedEdgeLab extends EdgeLab {
  readonly prometheus: RunningPrometheus
  /** Prometheus has counted requests of it. */
  counted(version: string): Promise<void>
}

/** Judged by a Prometheus that is set up as the page about it says. Its scrapes are what polls follow; `every` says how long it may be silent. */
export async function scrapedEdgeLab(program: string, { keys, env }: EdgeGiven): Promise<ScrapedEdgeLab> {
  const compose = await stackOf()
  const { app, scope, docker: { socket } } = compose
  const prometheus = await startPrometheus(program, { targets: {}, scrapes: await scrapesOfCompose({ scope, project: app, socket }) })
  const select = '{job="shop",handler!="/health"}'
  const here = await edgeLab(compose, { keys: { rollout: { ...ROLLOUT, weights: [30, 100] }, judge: { ...QUICK_JUDGE, every: '3s', metrics: { prometheus: { url: prometheus.url, preset: 'go', select } } }, ...keys }, ...(env === undefined ? {} : { env }) })
  return {
    ...here, prometheus,
    counted: (version) => until(async () => ((await prometheus.value(`sum(http_requests_total{version="${version}",handler!="/health"})`)) ?? 0) > 0, `requests of ${version} to be counted`),
    close: async () => {
      await here.close()
      await prometheus.stop()
    },
  }
}
