/** A user's checkout with `ecluse.yml` and images, and the committed bundles run in it as a runner runs them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Observed } from '../../core/domain/platform.js'
import { localPlatform, stopLocal } from '../../core/drivers/platforms/local/index.js'
import { unusedPort } from '../support/local-lab.js'
import { webImage, type Variant } from '../support/images.js'
import type { Load } from '../support/load.mjs'
import { root, runAction, type ActionResult, type ActionRun, type StartedAction, type StepResult } from '../support/runner.mjs'
import { realAmbient } from '../support/surroundings.js'
import { underWay } from '../support/under-way.js'

export interface LedgerLine {
  readonly type: string
  readonly delivery?: string
  readonly event?: { readonly type: string; readonly verb?: string; readonly weight?: number }
  readonly result?: { readonly ok: boolean; readonly reason: string }
}

export interface Lab {
  readonly work: string
  readonly url: string
  run(action: string, inputs?: ActionRun['inputs'], env?: ActionRun['env']): Promise<ActionResult & { readonly post: StepResult | undefined }>
  start(action: string, inputs?: ActionRun['inputs'], env?: ActionRun['env']): Promise<StartedAction>
  /** Inputs that deliver a variant of the test application. */
  release(variant: Variant): Promise<{ readonly image: string; readonly version: string }>
  /** Version → answers, of a few requests now. */
  served(): Promise<readonly string[]>
  /** Without renewals of the lease, which come when the clock says so, in the midst of anything. */
  ledger(): Promise<readonly LedgerLine[]>
  /** Resolves when the ledger holds a line like this; fails after a while. */
  recorded(wanted: (line: LedgerLine, index: number) => boolean): Promise<void>
  /** What the platform says. */
  observe(): Promise<Observed>
  /** Users, until they are stopped or the lab is closed. */
  loaded(rps?: number): Load
  close(): Promise<void>
}

export interface LabOptions {
  readonly node?: string
  /** What the runner gives its steps as `github.token`. */
  readonly token?: string
  /** YAML below `environments.production`, indented by four. */
  readonly production?: string
}

/** Margins so wide that a verdict needs few requests: what is tested is the way, not the judge. */
const QUICK = `    rollout: { step: { at-least: 500ms }, healthy-within: 20s }
    judge: { every: 200ms, min-requests: 20, errors: { fail-above: +10%, pass-below: +50% +30pp } }
`

export async function lab(options: LabOptions = {}): Promise<Lab> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-e2e-'))
  const port = await unusedPort()
  const url = `http://127.0.0.1:${port}`
  await writeFile(path.join(work, 'ecluse.yml'), `app: web
identity: { get: /health, json: version }
environments:
  production:
    platform: { local: { port: ${port}, drain: 1s } }
    checks: [ "GET /health json.status=ok" ]
${options.production ?? QUICK}`)
  const place = (inputs: ActionRun['inputs'], env: ActionRun['env'], action: string): ActionRun => ({ action, cwd: work, ...(inputs === undefined ? {} : { inputs }), ...(env === undefined ? {} : { env }), ...(options.node === undefined ? {} : { node: options.node }), ...(options.token === undefined ? {} : { token: options.token }) })
  const state = path.join(work, '.ecluse')
  const ambient = realAmbient({ work, dist: path.join(root, 'dist') })
  const platform = localPlatform({ name: 'local', port, sticky: false, drainMs: 1000, keep: 5, healthPath: '/health' }, { app: 'web', environment: 'production', state }, ambient)
  const going = underWay()
  const ledger = async (): Promise<readonly LedgerLine[]> => (await readLedger(path.join(state, 'ledger', 'production.jsonl'))).filter(({ type }) => type !== 'renew')
  return {
    work, url, ledger,
    run: (action, inputs, env) => runAction(place(inputs, env, action)),
    start: (action, inputs, env) => going.start(place(inputs, env, action)),
    release: async (variant) => ({ image: await webImage(path.join(work, 'images', variant.version), variant), version: variant.version }),
    served: async () => Promise.all(Array.from({ length: 20 }, async () => ((await (await fetch(`${url}/health`)).json()) as { version: string }).version)),
    recorded: async (wanted) => {
      for (let tries = 0; tries < 6000; tries++) {
        if ((await ledger()).some(wanted)) return
        await new Promise((resolve) => { setTimeout(resolve, 10) })
      }
      throw new Error(`The ledger never held what was waited for:\n${JSON.stringify(await ledger(), undefined, 1)}`)
    },
    observe: () => platform.observe(),
    loaded: (rps = 250) => going.load({ url: `${url}/health`, rps }),
    close: async () => {
      await going.end()
      await stopLocal({ environment: 'production', state }, ambient)
      await rm(work, { recursive: true, force: true })
    },
  }
}

async function readLedger(file: string): Promise<readonly LedgerLine[]> {
  const content = await readFile(file, 'utf8').catch(() => '')
  return content.split('\n').flatMap((line): LedgerLine[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as LedgerLine]
    } catch {
      return []
    }
  })
}
