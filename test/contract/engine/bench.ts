/** An engine of ours on the lab's Docker: here, or behind ssh. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { dockerEngine, type DockerGiven } from '../../../core/drivers/engines/docker/index.js'
import { ProcessError } from '../../../core/errors/families.js'
import { systemFiles } from '../../../core/io/files.js'
import { systemProcesses } from '../../../core/io/process.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Engine } from '../../../core/ports/engine.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { realAmbient } from '../../support/surroundings.js'

/** One run of ours, with a folder for temporary files that nobody else has. */
export interface Run {
  readonly ambient: Ambient
  /** Holds the folders of its connections. */
  readonly temp: string
  readonly engine: (given?: Partial<DockerGiven>, ambient?: Ambient) => Engine
  readonly cancel: () => void
  /** Ends it as the host does: what it left for the end is done. */
  readonly end: () => Promise<void>
}

interface Surroundings {
  readonly given: DockerGiven
  readonly env: Readonly<Record<string, string | undefined>>
}

export async function startRun({ given, env }: Surroundings): Promise<Run> {
  const temp = await mkdtemp(path.join(tmpdir(), 'engine-'))
  const controller = new AbortController()
  const tidying: (() => Promise<void>)[] = []
  const under = (signal: AbortSignal): Ambient => ({
    ...plain,
    process: systemProcesses({ signal, env }), signal,
    files: { ...systemFiles(), temporary: (prefix) => mkdtemp(path.join(temp, prefix)) },
    shielded: (limitMs) => under(AbortSignal.timeout(limitMs)),
    atEnd: (tidy) => void tidying.push(tidy),
  })
  const plain = realAmbient({ work: temp, dist: temp }, controller.signal)
  const ambient = under(controller.signal)
  return {
    ambient, temp,
    engine: (other = {}, of = ambient) => dockerEngine({ ...given, ...other }, of),
    cancel: () => controller.abort(new Error('cancelled')),
    async end() {
      for (const tidy of tidying.toReversed()) await tidy()
      await rm(temp, { recursive: true, force: true })
    },
  }
}

/** What programs of ours have in their environment: the lab's Docker, and a variable of the user's. */
export function userEnvironment(lab: DockerLab): Readonly<Record<string, string | undefined>> {
  return { ...lab.env, HOME: process.env['HOME'], LANG: 'C.UTF-8', USERS_OWN: 'of the user' }
}

export interface Container {
  readonly name: string
  readonly image: string
}

/** A container that does nothing, with a volume at `/kept`. */
export async function idleContainer(lab: DockerLab, part: string, name = 'idle'): Promise<Container> {
  const image = await lab.base('static')
  const full = `${part}-${name}`
  await lab.docker(['run', '-d', '--init', '--name', full, '-v', `${full}:/kept`, image, 'sleep', '3600'])
  return { name: full, image }
}

export async function failureOf(work: Promise<unknown>): Promise<ProcessError> {
  const thrown = await work.then((value) => `it gave ${JSON.stringify(value)}`, (error: unknown) => error)
  if (thrown instanceof ProcessError) return thrown
  throw thrown instanceof Error ? thrown : new Error(`no failure: ${String(thrown)}`)
}

/** All that an error shows to anybody. */
export function everythingOf(error: ProcessError): string {
  return [JSON.stringify(error), error.message, error.stack, error.fix, ...error.tail, ...error.argv, String(error.cause)].join('\n')
}

export async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`it was not seen in half a minute: ${what}`)
}

export { dockerLab }
