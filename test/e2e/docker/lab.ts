/** A user's checkout with a stack as people have them, its hosts' engine and registry, and the bundles run in it as a runner runs them. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { dockerLab, type BaseImage, type DockerLab } from '../../support/docker/lab.mjs'
import type { Load } from '../../support/load.mjs'
import { unusedPort } from '../../support/local-lab.js'
import { root, runAction, type ActionResult, type ActionRun, type StartedAction, type StepResult } from '../../support/runner.mjs'
import { underWay } from '../../support/under-way.js'

export type EnvironmentName = 'staging' | 'production'
type Settings = Readonly<Record<string, unknown>>

export interface StackGiven {
  /** The folder below `test/support/docker/stacks`. */
  readonly stack: string
  readonly service: string
  readonly base: BaseImage
  /** Of production's platform, beside what every stack has. */
  readonly compose?: Settings
  /** More of production. */
  readonly production?: Settings
  /** What is made before an image can be. */
  readonly prepare?: (work: string) => Promise<void>
  readonly env?: Readonly<Record<string, string>>
  /** Folders of programs that actions need. */
  readonly programs?: readonly string[]
  /** Folder of the checkout that actions have for what is temporary, in place of the machine's. */
  readonly temporary?: string
  /** Of `build`. */
  readonly build?: Settings
}

/** What is wrong with a release: the share of its answers that are errors. */
export interface Made {
  readonly version: string
  readonly faults?: number
}

export interface LedgerLine {
  readonly type: string
  readonly at?: string
  readonly intent?: { readonly receipt?: string }
  readonly event?: { readonly type: string; readonly verb?: string; readonly weight?: number }
  readonly result?: { readonly ok: boolean; readonly reason: string }
}

export type Ran = ActionResult & { readonly post: StepResult | undefined }

export interface StackLab {
  readonly docker: DockerLab
  readonly work: string
  /** In the name of all that is made: production's compose project. */
  readonly app: string
  readonly env: Readonly<Record<string, string>>
  readonly databasePort: number
  url(environment: EnvironmentName): string
  run(action: string, inputs?: ActionRun['inputs'], more?: Pick<ActionRun, 'env' | 'onLine'>): Promise<Ran>
  start(action: string, inputs?: ActionRun['inputs'], more?: Pick<ActionRun, 'env' | 'onLine'>): Promise<StartedAction>
  /** Other settings of production from now on. */
  configure(production: Settings): Promise<void>
  /** Writes a version into the checkout and builds it. */
  build(made: Made): Promise<Ran>
  /** `docker compose …` as the user types it, in production's project. */
  compose(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** Versions that answer now, by their own word. */
  served(environment: EnvironmentName): Promise<readonly string[]>
  ledger(environment: EnvironmentName): Promise<readonly LedgerLine[]>
  recorded(environment: EnvironmentName, wanted: (line: LedgerLine, index: number) => boolean): Promise<void>
  /** Names, ids and states of what runs beside the service in production. */
  beside(): Promise<readonly string[]>
  loaded(rps?: number): Load
  close(): Promise<void>
}

const stacks = path.join(root, 'test', 'support', 'docker', 'stacks')
export const databasePassword = 'planted-db-pa55-1'

/** A machine with much else to do takes its time. */
const PATIENCE_MS = 200_000

/** Margins so wide that a verdict needs few requests: what is tested is the way, not the judge. */
const QUICK = {
  rollout: { weights: [5, 25, 50, 100], step: { 'at-least': '500ms' }, 'healthy-within': '60s' },
  judge: { metrics: { haproxy: {} }, every: '250ms', 'min-requests': 20, errors: { 'fail-above': '+5%', 'pass-below': '+50% +15pp' } },
}

async function configuration(given: StackGiven, docker: DockerLab, app: string, ports: Readonly<Record<EnvironmentName, number>>): Promise<Settings> {
  const platform = async (environment: EnvironmentName, files: readonly string[], more: Settings = {}): Promise<Settings> => ({
    url: `http://127.0.0.1:${ports[environment]}`,
    platform: { compose: { files, project: environment === 'production' ? app : `${app}-staging`, service: given.service, drain: '2s', keep: 3, ...more, edge: { image: await docker.base('haproxy'), ...Object(more['edge']) } } },
    checks: ['GET /health json.status=ok within 2s', 'GET /visits 200 within 2s'],
  })
  return {
    app,
    identity: { get: '/health', json: 'version' },
    build: { repository: `${docker.registry}/${app}`, attestations: 'none', ...given.build },
    environments: {
      staging: { ...(await platform('staging', ['compose.yml'], { publish: [`127.0.0.1:${ports.staging}`] })), rollout: { 'healthy-within': '60s' } },
      production: {
        ...(await platform('production', ['compose.yml', 'compose.prod.yml'], given.compose)), ...QUICK,
        backup: { database: '${env:DATABASE_URL}' }, ...given.production,
      },
    },
  }
}

export async function stackLab(given: StackGiven): Promise<StackLab> {
  const docker = await dockerLab()
  const app = docker.unique(given.stack)
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-stack-'))
  await cp(path.join(stacks, given.stack), work, { recursive: true })
  const ports = { staging: await unusedPort(), production: await unusedPort() }
  const databasePort = await unusedPort()
  for (const name of [given.base, 'postgres', 'redis', 'haproxy'] as const) await docker.base(name)
  await given.prepare?.(work)
  const configure = async (production: Settings): Promise<void> =>
    writeFile(path.join(work, 'ecluse.yml'), stringify(await configuration({ ...given, production: { ...given.production, ...production } }, docker, app, ports)))
  await configure({})
  const env = {
    ...docker.env, PATH: [...(given.programs ?? []), docker.env.PATH].join(path.delimiter), REGISTRY: docker.registry, DATABASE_PASSWORD: databasePassword, DATABASE_PORT: String(databasePort),
    DATABASE_URL: `postgres://shop:${databasePassword}@127.0.0.1:${databasePort}/shop`, ...(given.temporary === undefined ? {} : { TMPDIR: path.join(work, given.temporary) }), ...given.env,
  }
  const going = underWay()
  const place = (action: string, inputs: ActionRun['inputs'] = {}, more: Pick<ActionRun, 'env' | 'onLine'> = {}): ActionRun => {
    const environment: EnvironmentName = inputs['environment'] === 'staging' ? 'staging' : 'production'
    return { action, cwd: work, inputs, ...more, env: { ...env, WEB_PORT: String(ports[environment]), ...more.env } }
  }
  const ledger = (environment: EnvironmentName): Promise<readonly LedgerLine[]> => readLedger(path.join(work, '.ecluse', 'ledger', `${environment}.jsonl`))
  const run: StackLab['run'] = (action, inputs, more) => runAction(place(action, inputs, more))
  return {
    docker, work, app, env, databasePort, ledger, run, configure,
    url: (environment) => `http://127.0.0.1:${ports[environment]}`,
    start: (action, inputs, more) => going.start(place(action, inputs, more)),
    build: async (made) => {
      await writeFile(path.join(work, 'release.json'), JSON.stringify(made))
      const based = (await readFile(path.join(work, 'Dockerfile'), 'utf8')).includes('ARG REGISTRY')
      return run('build-image', { version: made.version, commit: commitOf(made.version), ...(based ? { args: `REGISTRY=${docker.registry}` } : {}) })
    },
    compose: async (argv, more) => {
      const files = ['compose.yml', 'compose.prod.yml'].flatMap((name) => ['--file', name])
      return docker.docker(['compose', '--project-name', app, ...files, ...argv], { cwd: work, env: { ...env, WEB_PORT: String(ports.production), ...more } })
    },
    served: async (environment) => {
      const answers = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(`http://127.0.0.1:${ports[environment]}/health`)).json()))
      return [...new Set(answers.map((answer) => String(Object(answer).version)))].toSorted()
    },
    recorded: async (environment, wanted) => {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
        if ((await ledger(environment)).some(wanted)) return
        await new Promise((resolve) => { setTimeout(resolve, 20) })
      }
      throw new Error(`The ledger never held what was waited for:\n${JSON.stringify(await ledger(environment), undefined, 1)}`)
    },
    beside: async () => {
      const listed = await docker.docker(['ps', '--all', '--no-trunc', '--filter', `name=^${app}`, '--format', '{{.Names}} {{.ID}} {{.State}}'])
      return listed.split('\n').filter((line) => line.startsWith(`${app}-`) && !line.startsWith(`${app}-staging-`) && !line.startsWith(`${app}-${given.service}-`)).toSorted()
    },
    loaded: (rps = 50) => going.load({ url: `http://127.0.0.1:${ports.production}/`, rps, seconds: 180 }),
    close: async () => {
      await going.end()
      await docker.cleanup(app)
      await rm(work, { recursive: true, force: true })
    },
  }
}

/** Forty digits that a version stands for. */
export const commitOf = (version: string): string => Buffer.from(version).toString('hex').padEnd(40, '0').slice(0, 40)

/** Runs SQL in production's database. */
export async function sql(lab: StackLab, clients: string, text: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path.join(clients, 'psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text], {
    env: { PATH: process.env['PATH'], PGHOST: '127.0.0.1', PGPORT: String(lab.databasePort), PGUSER: 'shop', PGDATABASE: 'shop', PGPASSWORD: databasePassword },
  })
  return stdout.trim()
}

async function readLedger(file: string): Promise<readonly LedgerLine[]> {
  const content = await readFile(file, 'utf8').catch(() => '')
  // The last line may still be on its way.
  return content.slice(0, content.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((text): LedgerLine => JSON.parse(text))
}
