/** A user's repository: a small application, `ecluse.yml`, and the callers that the docs show. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { examplesIn } from '../policy/examples.js'
import { suiteRoot, workflows } from './suite.js'

/** What is wrong with a version of the application. */
export interface Variant {
  /** It ends as soon as it starts. */
  readonly crash?: boolean
  /** Environments in which its `/door` answers `closed`. */
  readonly closed?: readonly string[]
  /** Environment → share of its requests that end with 500; `/health` and `/door` never do. */
  readonly errors?: Readonly<Record<string, number>>
}

export interface Place {
  readonly state: string
  readonly ports: Readonly<Record<'staging' | 'production', number>>
}

const permissions = z.record(z.string(), z.enum(['read', 'write'])).default({})
const caller = z.object({ permissions, jobs: z.record(z.string(), z.object({ permissions })) })

type Settings = Readonly<Record<string, unknown>>

/** More of each environment's configuration, and more files. */
export interface Change {
  readonly variant?: Variant
  readonly staging?: Settings
  readonly production?: Settings
  readonly files?: Readonly<Record<string, string>>
  /** More of the file beside its environments. */
  readonly file?: Settings
}

const docs = 'action-docs/workflows.md'
const callers = ['deliver.yml', 'rollback.yml', 'backup.yml', 'backup-age.yml', 'restore.yml', 'quality.yml', 'reconcile.yml', 'watch.yml', 'dashboard.yml', 'environments.yml']

/** The callers are those of the docs, word for word. */
export async function makeCaller(folder: string): Promise<void> {
  await mkdir(path.join(folder, workflows), { recursive: true })
  const page = await readFile(path.join(suiteRoot, docs), 'utf8')
  for (const name of callers) {
    const example = examplesIn(docs, page).find(({ text }) => text.startsWith(`# .github/workflows/${name}`))
    if (example === undefined) throw new Error(`${docs} shows no caller of ${name}.`)
    await writeFile(path.join(folder, workflows, name), example.text)
  }
  await cp(path.join(suiteRoot, 'test', 'support', 'act', 'shop.mjs'), path.join(folder, 'server.mjs'))
  await writeFile(path.join(folder, 'Dockerfile'), 'FROM scratch\nCOPY server.mjs variant.json ./\nENTRYPOINT ["node", "server.mjs"]\n')
  git(folder, 'init', '--quiet', '--initial-branch=main')
}

/** What a workflow of the caller's grants to its jobs. */
export async function granted(folder: string, workflow: string): Promise<Readonly<Record<string, 'read' | 'write'>>> {
  const { jobs, ...all } = caller.parse(parse(await readFile(path.join(folder, workflow), 'utf8')))
  return Object.assign({}, all.permissions, ...Object.values(jobs).map((job) => job.permissions))
}

/** Commits a version of the application with its configuration; the version's name. */
export async function commit(folder: string, place: Place, { variant = {}, files = {}, ...settings }: Change): Promise<string> {
  await writeFile(path.join(folder, 'variant.json'), JSON.stringify({ ...variant, number: revisions(folder) + 1 }))
  await writeFile(path.join(folder, 'ecluse.yml'), stringify(configuration(place, settings)))
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message', 'a change')
  return git(folder, 'rev-parse', 'HEAD').slice(0, 12)
}

/** Margins so wide that a verdict needs few requests: what is tested is the way, not the judge. */
const QUICK = {
  rollout: { weights: [25, 50, 100], step: { 'at-least': '500ms' }, 'healthy-within': '20s' },
  judge: { every: '1s', 'min-requests': 20, errors: { 'fail-above': '+10%', 'pass-below': '+50% +30pp' } },
}

function configuration({ state, ports }: Place, more: Pick<Change, 'staging' | 'production' | 'file'>): Settings {
  const local = (port: number): Settings => ({ platform: { local: { port, drain: '1s' } }, checks: ['GET /health json.status=ok', 'GET /door contains open', 'GET /favicon.ico 200'] })
  return {
    app: 'shop',
    state,
    identity: { get: '/health', json: 'version' },
    environments: {
      staging: { ...local(ports.staging), rollout: { 'healthy-within': '20s' }, ...more.staging },
      production: { ...local(ports.production), ...QUICK, ...more.production },
    },
    ...more.file,
  }
}

const revisions = (folder: string): number => Number(git(folder, 'rev-list', '--all', '--count'))

function git(folder: string, ...args: readonly string[]): string {
  const person = { name: 'Ada', email: 'ada@shop.example' }
  const env = {
    PATH: process.env['PATH'], HOME: folder, TZ: 'UTC', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: person.name, GIT_AUTHOR_EMAIL: person.email, GIT_COMMITTER_NAME: person.name, GIT_COMMITTER_EMAIL: person.email,
  }
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, env, encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) throw new Error(`git ${args[0]} ended with ${status}: ${stderr}`)
  return stdout.trim()
}
