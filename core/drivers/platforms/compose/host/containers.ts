import type { ContainerFacts } from '../../../../ports/engine.js'
import type { Site } from './site.js'

/** A container of ours. */
export interface Container extends ContainerFacts {
  /** Of which launch; `undefined`: the edge. */
  readonly instance?: string
  /** What the edge's container was made of. */
  readonly setup: string
}

/** All containers of the environment on this host, running or not; the edge among them, tasks are not. */
export async function containersOf({ engine, scope }: Site): Promise<readonly Container[]> {
  return (await engine.containers({ label: `ecluse.scope=${scope}` })).map(ours)
}

/** Those that are there; one that goes meanwhile is left out. */
export async function inspected({ engine }: Site, names: readonly string[]): Promise<readonly Container[]> {
  return (await engine.containers({ names })).map(ours)
}

function ours(facts: ContainerFacts): Container {
  const instance = facts.labels['ecluse.instance'] ?? ''
  return { ...facts, ...(instance === '' ? {} : { instance }), setup: facts.labels['ecluse.setup'] ?? '' }
}

/** Why it does not run, for people; `undefined` when it does. */
export function stopReason({ name, running, status, exitCode, outOfMemory, error, restarts, health }: ContainerFacts): string | undefined {
  if (running && health !== 'unhealthy') return undefined
  if (running) return `${name} is unhealthy by its own healthcheck`
  const again = restarts === 0 ? '' : `, after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`
  if (outOfMemory) return `${name} was killed for want of memory${again}`
  return `${name} is ${status} with exit code ${exitCode}${error === '' ? '' : ` (${error})`}${again}`
}
