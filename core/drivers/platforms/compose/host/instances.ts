import { EcluseError, messageOf, ProcessError, StateError } from '../../../../errors/families.js'
import { inspected, stopReason, type Container } from './containers.js'
import { containersFor, type Seen } from './look.js'
import type { Failure, Instance } from './record.js'
import { CHANGE_MS, LOOK_MS, named, PULL_MS, until, type Site } from './site.js'

/** A container that starts again so often will not get well. */
const RESTARTS = 3
const LINES = 50
/** Services say themselves how long they may take to stop; some have minutes. */
const STOP_MS = 900_000

/**
 * Creates its containers, or starts those that are there. Their image is fetched when the host does not have it. Rejects with
 * `image-not-found`, `registry-refused` and the like.
 */
export async function start(site: Site, instance: Instance, seen: Pick<Seen, 'containers'>): Promise<void> {
  const { release, containers, project, document } = instance
  const what = named(site, `start release ${release.version}`)
  if (containersFor(seen, instance).length === containers.length) {
    // Side by side: users wait for it. Both have ended before a fault is told, as what follows may take them away.
    const both = await Promise.allSettled([site.engine.run({ what, argv: ['start', ...containers], timeoutMs: CHANGE_MS }), startsWithEngine(site, 'always', containers)])
    const failed = both.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return
  }
  const argv = ['compose', '--project-name', project, '--file', '-', 'up', '--detach', '--no-build', '--no-recreate', '--quiet-pull', '--pull', 'missing']
  // Where `.env` and files that the document names are looked for.
  const { projectFolder: cwd } = await site.stack()
  const up = (): Promise<unknown> => site.engine.run({ what, argv, cwd, stdin: document, userEnvironment: true, timeoutMs: PULL_MS })
  try {
    await up()
  } catch (fault) {
    if (fault instanceof EcluseError && fault.code === 'image-not-found') throw new StateError('image-not-found', { message: fault.message, cause: fault })
    // Somebody else was quicker with the same containers: then there is only the rest to do.
    if (!(fault instanceof ProcessError) || !messageOf(fault).includes('is already in use by container')) throw fault
    await up()
  }
}

/** Sends the stop signal, with the time that the service's own file gives it, and keeps the containers. */
export async function stop(site: Site, containers: readonly Pick<Container, 'name' | 'status'>[]): Promise<void> {
  const names = containers.filter(({ status }) => status !== 'exited' && status !== 'created').map(({ name }) => name)
  if (names.length === 0) return
  await startsWithEngine(site, 'no', names)
  await site.engine.run({ what: named(site, `stop ${names.join(', ')}`), argv: ['stop', ...names], timeoutMs: STOP_MS })
}

/**
 * What serves starts again with the engine whatever became of it: `unless-stopped` does not after the engine itself has crashed,
 * since the next one stops what it finds. What was stopped for good does not.
 */
async function startsWithEngine(site: Site, policy: 'always' | 'no', names: readonly string[]): Promise<void> {
  await site.engine.run({ what: named(site, `have ${names.join(', ')} start ${policy === 'no' ? 'no more' : 'again'} with the engine`), argv: ['update', '--restart', policy, ...names], timeoutMs: CHANGE_MS })
}

/** Takes containers away for good; their volumes are the user's own and stay. */
export async function remove(site: Site, containers: readonly Pick<Container, 'name'>[]): Promise<void> {
  if (containers.length === 0) return
  const names = containers.map(({ name }) => name)
  const argv = ['rm', '--force', ...names]
  const { exitCode, stderr } = await site.engine.run({ what: named(site, `remove ${names.join(', ')}`), argv, timeoutMs: CHANGE_MS, accept: [0, 1] })
  const left = exitCode === 0 ? [] : stderr.split('\n').filter((line) => line.trim() !== '' && !GONE.test(line))
  if (left.length === 0) return
  throw new ProcessError('program-failed', { message: `Could not ${named(site, `remove ${names.join(', ')}`)}: ${left.join(' ')}`, argv: ['docker', ...argv], exitCode, tail: left })
}

/** It is what was asked for. */
const GONE = /No such container|is already in progress/i

/** The image goes when nothing on the host uses it any more, this environment or another: the engine itself refuses otherwise. */
export async function removeImage(site: Site, { release }: Instance): Promise<void> {
  const images = Object.values(release.images)
  await site.engine.run({ what: named(site, `remove the image of ${release.version}`), argv: ['image', 'rm', ...images], timeoutMs: CHANGE_MS, accept: [0, 1] })
}

/**
 * Waits until all of its containers run and are healthy by their own healthchecks, where they have one. A release that is `proven`
 * served before: the engine asks it for the first time after a whole interval, which can be minutes, so the edge's own check, which
 * comes next, is enough for it. Resolves to how often the engine had to start them again. Rejects with `candidate-unhealthy`.
 */
export async function untilHealthy(site: Site, instance: Instance, withinMs: number, proven = false): Promise<number> {
  let last: readonly Container[] = []
  const found = await until(async () => {
    last = await inspected(site, instance.containers)
    const hopeless = last.find((one) => one.status === 'exited' || one.status === 'dead' || one.restarts >= RESTARTS)
    if (hopeless !== undefined) return { why: stopReason(hopeless) ?? `${hopeless.name} was started again and again` }
    const well = last.length === instance.containers.length && last.every(({ running, health }) => running && (health === 'healthy' || health === 'none' || (proven && health === 'starting')))
    return well ? {} : undefined
  }, withinMs, site.ambient)
  if (found !== undefined && !('why' in found)) return restartsOf(last)
  throw unhealthy(site, instance, found?.why ?? `${waitingFor(last)} after ${withinMs / 1000} s`)
}

export function restartsOf(containers: readonly Container[]): number {
  return containers.reduce((sum, { restarts }) => sum + restarts, 0)
}

export function unhealthy(site: Site, { release }: Instance, why: string): StateError {
  return new StateError('candidate-unhealthy', { message: `${named(site, `Release ${release.version}`)} did not become healthy: ${why}.` })
}

function waitingFor(containers: readonly Container[]): string {
  const not = containers.filter(({ running, health }) => !running || health === 'starting' || health === 'unhealthy')
  return not.length === 0 ? 'its containers are not there' : not.map((one) => stopReason(one) ?? `${one.name} has not been healthy yet by its own healthcheck`).join('; ')
}

/** What there is to say about a release that failed, before its containers go. */
export async function failureOf(site: Site, instance: Instance, fault: unknown): Promise<Failure> {
  const { version } = instance.release
  const containers = await inspected(site, instance.containers)
  const reasons = containers.map(stopReason).filter((reason) => reason !== undefined)
  const lines = await lastLines(site, containers, LINES)
  return { at: site.ambient.clock.now(), version, reason: [`${version}: ${messageOf(fault)}`, ...reasons].join('; '), lines }
}

/** The last lines of each container's log, oldest first; a host that can't tell gives none. */
export async function lastLines(site: Site, containers: readonly Pick<Container, 'name'>[], count: number, since?: number): Promise<readonly string[]> {
  const from = since === undefined ? [] : ['--since', new Date(since).toISOString()]
  const all = await Promise.all(containers.map(async ({ name }) => {
    const { stdout, stderr } = await site.engine.run({ what: named(site, `read the log of ${name}`), argv: ['logs', '--tail', String(count), ...from, name], timeoutMs: LOOK_MS, accept: [0, 1] })
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '').map((line) => (containers.length === 1 ? line : `${name} | ${line}`))
  }))
  return all.flat().slice(-count)
}
