import type { Site } from './site.js'
import { LOOK_MS, named } from './site.js'

/** A container of ours, as the engine lists it. */
export interface Container {
  readonly name: string
  /** Of which launch; `undefined`: the edge. */
  readonly instance?: string
  /** `running`, `exited`, `restarting`, `created` … */
  readonly status: string
  readonly running: boolean
  /** Has run for less than ten seconds. */
  readonly young: boolean
  /** By its own healthcheck; `none`: it has none. */
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  /** What the edge's container was made of. */
  readonly setup: string
}

/** What only a closer look tells. */
export interface Inspected extends Omit<Container, 'setup' | 'young'> {
  readonly restarts: number
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** The engine's own words for why it could not start. */
  readonly error: string
  readonly finishedAt: number
}

const LISTED = ['.Names', '.Label "ecluse.instance"', '.State', '.Label "ecluse.setup"', '.Status'].map((part) => `{{${part}}}`).join('\t')

/** All containers of the environment on this host, running or not; the edge among them, tasks are not. */
export async function containersOf(site: Site): Promise<readonly Container[]> {
  const { engine, scope } = site
  const argv = ['ps', '--all', '--no-trunc', '--filter', `label=ecluse.scope=${scope}`, '--format', LISTED]
  const { stdout } = await engine.run({ what: named(site, 'list the containers'), argv, timeoutMs: LOOK_MS })
  return stdout.split('\n').filter((line) => line.includes('\t')).map(listed)
}

const YOUNG = /^Up (?:Less than a second|\d seconds?)\b/

function listed(line: string): Container {
  const [name = '', instance = '', status = '', setup = '', told = ''] = line.split('\t')
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(told)?.[1]
  return { name, ...(instance === '' ? {} : { instance }), status, running: status === 'running', young: YOUNG.test(told), setup, health: healthOf(health) }
}

function healthOf(word: string | undefined): Container['health'] {
  return (['starting', 'healthy', 'unhealthy'] as const).find((known) => known === word) ?? 'none'
}

/** By the host's clock (epoch ms). */
export async function startedAt(site: Site, name: string): Promise<number> {
  const { stdout } = await site.engine.run({ what: named(site, `ask when ${name} started`), argv: ['inspect', '--type', 'container', '--format', '{{.State.StartedAt}}', name], timeoutMs: LOOK_MS, accept: [0, 1] })
  return Date.parse(stdout.trim()) || 0
}

const PARTS = [
  '.Name', '(index .Config.Labels "ecluse.instance")', '.State.Status', '.State.Running', '.RestartCount', '.State.ExitCode', '.State.OOMKilled', '.State.FinishedAt', 'json .State.Error',
]
const HEALTH = '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}'
const FORMAT = [...PARTS.map((part) => `{{${part}}}`), HEALTH].join('\t')

/** Those that are there; one that goes meanwhile is left out. */
export async function inspected(site: Site, ids: readonly string[]): Promise<readonly Inspected[]> {
  if (ids.length === 0) return []
  const { stdout } = await site.engine.run({ what: named(site, 'look at the containers'), argv: ['inspect', '--type', 'container', '--format', FORMAT, ...ids], timeoutMs: LOOK_MS, accept: [0, 1] })
  return stdout.split('\n').filter((line) => line.includes('\t')).map(containerIn)
}

function containerIn(line: string): Inspected {
  const [name = '', instance = '', status = '', running, restarts, exitCode, memory, finishedAt = '', error = '""', health = ''] = line.split('\t')
  return {
    name: name.replace(/^\//, ''),
    ...(instance === '' ? {} : { instance }),
    status,
    running: running === 'true' && status === 'running',
    restarts: Number(restarts),
    exitCode: Number(exitCode),
    outOfMemory: memory === 'true',
    error: String(JSON.parse(error)),
    finishedAt: Math.max(0, Date.parse(finishedAt) || 0),
    health: healthOf(health),
  }
}

/** Why it does not run, for people; `undefined` when it does. */
export function stopReason({ name, running, status, exitCode, outOfMemory, error, restarts, health }: Inspected): string | undefined {
  if (running && health !== 'unhealthy') return undefined
  if (running) return `${name} is unhealthy by its own healthcheck`
  const again = restarts === 0 ? '' : `, after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`
  if (outOfMemory) return `${name} was killed for want of memory${again}`
  return `${name} is ${status} with exit code ${exitCode}${error === '' ? '' : ` (${error})`}${again}`
}
