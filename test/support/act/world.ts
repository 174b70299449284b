/** A caller's repository, the suite it uses, and the places its releases go to. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { stopLocal } from '../../../core/drivers/platforms/local/index.js'
import { pushTo } from '../git-push.js'
import { load, type Load } from '../load.mjs'
import { unusedPort } from '../local-lab.js'
import type { FakeGitHub } from '../services/github/github.mjs'
import { realAmbient } from '../surroundings.js'
import { commit, granted, makeCaller, type Change } from './caller.js'
import { startAct, type ActCall, type ActRun, type StartedAct } from './runner.js'
import { copySuite, suiteRoot, workflows } from './suite.js'

export type EnvironmentName = 'staging' | 'production'

const line = z.object({
  type: z.string(),
  intent: z.object({ kind: z.string(), receipt: z.string().optional() }).optional(),
  event: z.object({ type: z.string(), verb: z.string().optional(), weight: z.number().optional() }).optional(),
  result: z.object({ ok: z.boolean(), reason: z.string() }).optional(),
  fact: z.object({ type: z.string(), reason: z.string().optional() }).optional(),
})
export type LedgerLine = z.infer<typeof line>

export interface World {
  readonly root: string
  readonly state: string
  /** Where users reach it. */
  readonly ports: Readonly<Record<EnvironmentName, number>>
  /** Commits a version; its name. */
  push(change?: Change): Promise<string>
  /** A workflow of the caller's own, in place of the ones from the docs. */
  addWorkflow(name: string, text: string): Promise<void>
  /** The caller from the docs, dispatched and with inputs. */
  callerWith(name: 'deliver.yml', inputs: Readonly<Record<string, string | boolean>>): Promise<string>
  /** With a GitHub: as this run of it, or as a new one. */
  start(event: ActCall['event'], workflow: string, inputs?: Readonly<Record<string, string>>, run?: number): Promise<StartedAct>
  /** What a push to the main branch starts. */
  deliver(): Promise<ActRun>
  /** The button. */
  rollback(inputs?: Readonly<Record<string, string>>): Promise<ActRun>
  run(workflow: string, inputs?: Readonly<Record<string, string>>): Promise<ActRun>
  /** Versions that users are served by now. */
  served(environment: EnvironmentName): Promise<readonly string[]>
  ledger(environment: EnvironmentName): Promise<readonly LedgerLine[]>
  /** Where artifacts are kept, each in a folder of its name. */
  readonly artifacts: string
  /** Resolves when the ledger holds a line like this; fails after a while. */
  recorded(environment: EnvironmentName, wanted: (line: LedgerLine, index: number) => boolean): Promise<void>
  loaded(rps?: number): Load
  close(): Promise<void>
}

export interface WorldOptions {
  readonly act: string
  readonly node: string
  /** What the jobs take for GitHub: the record is kept in its deployments. */
  readonly github?: FakeGitHub
  readonly programs?: readonly string[]
  readonly secrets?: Readonly<Record<string, string>>
  /** For one run, in milliseconds. */
  readonly limitMs?: number
  /** What the runner sets for every step. */
  readonly env?: Readonly<Record<string, string>>
}

const environments = ['staging', 'production'] as const

export async function world(options: WorldOptions): Promise<World> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'ecluse-act-'))
  const [repository, suite, state, temp] = ['shop', 'suite', 'state', 'temp'].map((name) => path.join(root, name)) as [string, string, string, string]
  for (const folder of [repository, suite, state, temp]) await mkdir(folder)
  const ports = { staging: await unusedPort(), production: await unusedPort() }
  await copySuite(suite)
  await makeCaller(repository)
  const started: StartedAct[] = []
  const loads: Load[] = []
  const artifacts = path.join(temp, 'artifacts')
  const start: World['start'] = async (event, workflow, inputs = {}, run) => {
    const here = { ...options, repository, suite, temp, artifacts, event, inputs, workflow: path.join(workflows, workflow) }
    const one = await (options.github === undefined ? startAct(here) : startOn(options.github, here, run))
    started.push(one)
    return one
  }
  const ledger: World['ledger'] = (environment) => readLedger(path.join(state, 'ledger', `${environment}.jsonl`))
  return {
    root, state, ports, start, ledger, artifacts,
    push: async (change = {}) => {
      const version = await commit(repository, { state, ports }, change)
      if (options.github !== undefined) await pushTo(options.github, repository)
      return version
    },
    addWorkflow: (name, text) => writeFile(path.join(repository, workflows, name), text),
    callerWith: async (name, inputs) => {
      const document = parseDocument(await readFile(path.join(repository, workflows, name), 'utf8'))
      document.set('on', { workflow_dispatch: {} })
      document.setIn(['jobs', 'deliver', 'with'], inputs)
      return document.toString()
    },
    deliver: async () => (await start('push', 'deliver.yml')).finished,
    rollback: async (inputs = {}) => (await start('workflow_dispatch', 'rollback.yml', inputs)).finished,
    run: async (workflow, inputs) => (await start('workflow_dispatch', workflow, inputs)).finished,
    served: (environment) => served(ports[environment]),
    recorded: (environment, wanted) => recorded(() => ledger(environment), wanted),
    loaded: (rps = 150) => {
      const one = load({ url: `http://127.0.0.1:${ports.production}/`, rps, seconds: 120 })
      loads.push(one)
      return one
    },
    close: async () => {
      await Promise.all(loads.map((one) => one.stop()))
      for (const one of started) one.kill()
      await Promise.allSettled(started.map(({ finished }) => finished))
      const ambient = realAmbient({ work: root, dist: path.join(suiteRoot, 'dist') })
      for (const environment of environments) await stopLocal({ environment, state }, ambient)
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** As a run that GitHub knows, from its beginning to its end, on a runner of GitHub's, with a token of its own that may do what the workflow grants. */
async function startOn(github: FakeGitHub, call: ActCall, known: number | undefined): Promise<StartedAct> {
  const { event, workflow } = call
  const run = known ?? github.addRun({ event, workflow, actor: 'ada' }).id
  const token = `ghs_of_run_${run}`
  github.tokens.set(token, { permissions: await granted(call.repository, workflow) })
  const one = await startAct({ ...call, secrets: { ...call.secrets, GITHUB_TOKEN: token }, env: { GITHUB_API_URL: github.url, GITHUB_RUN_ID: String(run), RUNNER_ENVIRONMENT: 'github-hosted' } })
  const finished = one.finished.then((ended) => {
    github.endRun(run, ended.code === 0 ? 'success' : 'failure')
    return ended
  })
  finished.catch(() => undefined)
  return { ...one, finished }
}

/** By what the proxy says of each answer; `none` where nothing is reached. */
async function served(port: number): Promise<readonly string[]> {
  const answers = await Promise.all(Array.from({ length: 20 }, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    await answer?.arrayBuffer()
    return answer?.headers.get('x-ecluse-version') ?? 'none'
  }))
  return [...new Set(answers)].toSorted()
}

async function readLedger(file: string): Promise<readonly LedgerLine[]> {
  const content = await readFile(file, 'utf8').catch(() => '')
  // The last line may still be on its way.
  return content.slice(0, content.lastIndexOf('\n') + 1).split('\n').filter((text) => text.trim() !== '').map((text) => line.parse(JSON.parse(text)))
}

async function recorded(read: () => Promise<readonly LedgerLine[]>, wanted: (line: LedgerLine, index: number) => boolean): Promise<void> {
  for (let tries = 0; tries < 1500; tries += 1) {
    if ((await read()).some(wanted)) return
    await sleep(100)
  }
  throw new Error(`The ledger never held what was waited for:\n${JSON.stringify(await read(), undefined, 1)}`)
}
