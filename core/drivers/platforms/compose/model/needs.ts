import { StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Engine, EngineCall } from '../../../../ports/engine.js'
import { userContainers, type UserContainer } from './containers.js'
import { neededBy } from './dependencies.js'
import { fieldsOf, writtenOf } from './literal.js'
import type { Dependency, Stack } from './stack.js'

/** Images may have to be fetched, and one-offs run as long as they need. */
const UP_MS = 900_000
const READY_MS = 300_000
const LOOK_EVERY_MS = 250

/** As in the user's own project: nothing is taken away, and nothing is said about what a document does not have. */
const CAREFUL = { COMPOSE_REMOVE_ORPHANS: '0', COMPOSE_IGNORE_ORPHANS: '1' } as const

type Standing = 'ready' | 'waiting' | { readonly never: string }

/**
 * The services that the service depends on, as `docker compose up` would have them: those that run are left alone; the others are
 * started in the user's own project; a one-off (`service_completed_successfully`) runs again each time. Rejects with
 * `compose-invalid` when one can't be started from here, with `candidate-unhealthy` when one does not get where it should.
 */
export async function ensureDependencies(stack: Stack, engine: Engine, ambient: Ambient): Promise<void> {
  if (stack.dependencies.length === 0) return
  const before = await userContainers(stack, engine)
  const wanting = stack.dependencies.filter((dependency) => isOneOff(dependency) || !runs(before, dependency.service))
  if (wanting.length > 0) {
    refuseUnready(stack, wanting, before, engine)
    await engine.run(upCall(stack, engine, wanting.map(({ service }) => service)))
  }
  await untilReady(stack, engine, ambient)
}

function isOneOff({ condition }: Dependency): boolean {
  return condition === 'service_completed_successfully'
}

function runs(containers: readonly UserContainer[], service: string): boolean {
  return containers.some((container) => container.service === service && container.status === 'running')
}

/** Only what would have to be made: a container that stopped has what it was made with. */
function refuseUnready(stack: Stack, wanting: readonly Dependency[], containers: readonly UserContainer[], engine: Engine): void {
  const all = [...new Set(wanting.flatMap(({ service }) => [service, ...neededBy(service, stack.model.services)]))]
  const reasons = all.filter((name) => !containers.some(({ service }) => service === name)).flatMap((name) => (stack.unready[name] ?? []).map((why) => `\`${name}\`: ${why}`))
  if (reasons.length === 0) return
  throw new StateError('compose-invalid', {
    message: `Service \`${stack.service}\` depends on services that are not on ${engine.name} and can't be started from here: ${reasons.join('; ')}.`,
    fix: 'Start them on the host with `docker compose up -d`, or give what is missing.',
  })
}

function upCall(stack: Stack, engine: Engine, services: readonly string[]): EngineCall {
  const up = ['up', '--detach', '--no-recreate', '--quiet-pull', ...services]
  const call = { what: `start ${services.map((name) => `\`${name}\``).join(', ')} of project \`${stack.project}\` on ${engine.name}`, userEnvironment: true, env: CAREFUL, timeoutMs: UP_MS }
  if (!stack.moved) return { ...call, argv: [...stack.argv, ...up], cwd: stack.checkout }
  // With paths as they are on the host: compose there would make the same of its files.
  return { ...call, argv: ['compose', '--project-name', stack.project, '--file', '-', ...up], cwd: stack.projectFolder, stdin: wholeModel(stack) }
}

function wholeModel({ model, needed }: Stack): string {
  const services = Object.fromEntries(needed.map((name) => [name, { ...fieldsOf(model.services[name]), profiles: [] }]))
  return JSON.stringify(writtenOf({ ...model, services }))
}

async function untilReady(stack: Stack, engine: Engine, { clock, signal }: Ambient): Promise<void> {
  const end = clock.now() + READY_MS
  for (;;) {
    const containers = await userContainers(stack, engine)
    const standings = stack.dependencies.map((dependency) => ({ dependency, standing: standingOf(dependency, containers) }))
    const open = standings.filter(({ dependency, standing }) => standing !== 'ready' && dependency.required)
    if (open.length === 0) return
    const never = open.flatMap(({ standing }) => (typeof standing === 'object' ? [standing.never] : []))
    if (never.length > 0 || clock.now() >= end) throw notReady(stack, engine, never.length > 0 ? never : open.map(({ dependency }) => `\`${dependency.service}\` is not ${wish(dependency)} after ${READY_MS / 1000} s`))
    signal.throwIfAborted()
    await clock.sleep(LOOK_EVERY_MS, signal)
  }
}

function standingOf({ service, condition }: Dependency, containers: readonly UserContainer[]): Standing {
  const own = containers.filter((container) => container.service === service)
  if (own.length === 0) return { never: `\`${service}\` has no container` }
  if (condition === 'service_completed_successfully') {
    const failed = own.find(({ status, exitCode }) => status === 'exited' && exitCode !== 0)
    if (failed !== undefined) return { never: `\`${service}\` ended with exit code ${failed.exitCode}` }
    return own.every(({ status }) => status === 'exited') ? 'ready' : 'waiting'
  }
  const stopped = own.find(({ status }) => status === 'exited' || status === 'dead')
  if (stopped !== undefined) return { never: `\`${service}\` is ${stopped.status} with exit code ${stopped.exitCode}` }
  const running = own.every(({ status }) => status === 'running')
  if (condition === 'service_started') return running ? 'ready' : 'waiting'
  if (running && own.some(({ health }) => health === 'none')) return { never: `\`${service}\` has no healthcheck, and \`service_healthy\` asks for one` }
  return own.every(({ health }) => health === 'healthy') ? 'ready' : 'waiting'
}

function wish({ condition }: Dependency): string {
  return condition === 'service_healthy' ? 'healthy' : condition === 'service_started' ? 'running' : 'done'
}

function notReady({ service }: Stack, engine: Engine, reasons: readonly string[]): StateError {
  return new StateError('candidate-unhealthy', {
    message: `Service \`${service}\` can't start on ${engine.name}, for what it depends on is not ready: ${reasons.join('; ')}.`,
    fix: 'Look at these services with `docker compose ps --all` and `docker compose logs`; they are in the user\'s own project.',
  })
}
