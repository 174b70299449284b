import { readableDuration } from '../../../domain/duration.js'
import { object, text } from '../../../domain/local-control/decode.js'
import type { BuildCache } from '../../../domain/environment.js'
import { ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Built } from '../../../ports/builder.js'
import type { Engine } from '../../../ports/engine.js'
import { cacheFaultIn, openCache } from './cache.js'
import { buildCommand, type Machine } from './command.js'
import type { Content } from './content-key.js'
import type { Draft } from './draft.js'
import { buildFault } from './faults.js'
import type { Input } from './input.js'
import { progressOf, type Progress } from './progress.js'

export interface Solved {
  /** What the client says that it pushed. */
  readonly digest: string
  readonly cache: NonNullable<Built['cache']>
}

interface Build {
  readonly input: Input
  readonly content: Content
  readonly draft: Draft
  readonly machine: Machine
}

type Ended =
  | { readonly kind: 'pushed'; readonly digest: string; readonly progress: Progress }
  | { readonly kind: 'cache'; readonly why: string; readonly pushed: string | undefined }

const BUILD_MS = 6 * 60 * 60_000
const MACHINE_MS = 60_000
/** An engine that is free begins within this, however busy its machine is. */
const BEGIN_MS = 60_000

/** Builds and pushes. A cache that fails or does not answer in time costs its time, not the build. */
export async function solve(input: Input, content: Content, draft: Draft, engine: Engine, ambient: Ambient): Promise<Solved> {
  const build = { input, content, draft, machine: await machineOf(engine) }
  const { cache } = input.engine
  if (cache === undefined) return { digest: await withoutCache(build, undefined, engine, ambient), cache: 'none' }
  const opened = await openCache(cache, input, engine, ambient)
  if ('why' in opened) return givenUp(build, cache, opened.why, undefined, engine, ambient)
  const ended = await once(build, opened.flags, opened.withinMs, engine, ambient)
  if (ended.kind === 'cache') return givenUp(build, cache, ended.why, ended.pushed, engine, ambient)
  await opened.close()
  const answered = ended.progress.cacheAnswered()
  const fault = ended.progress.cacheFault()
  // That there is none yet is how every cache begins.
  if (fault !== undefined && !/not found/.test(fault)) ambient.log.warn(`The cache \`${cache.kind}\` failed: "${fault.slice(0, 200)}". The image is not touched by that.`)
  else if (!answered) ambient.log.warn(`The cache \`${cache.kind}\` was not used: ${silent(cache.kind)}.`)
  return { digest: ended.digest, cache: answered ? 'used' : fault === undefined ? 'none' : 'gave-up' }
}

function silent(kind: string): string {
  return kind === 'gha' ? 'buildx leaves it out where the runner does not hand on its address and token (`ACTIONS_RESULTS_URL`, `ACTIONS_RUNTIME_TOKEN`)' : 'buildx said nothing of it'
}

async function givenUp(build: Build, cache: BuildCache, why: string, pushed: string | undefined, engine: Engine, ambient: Ambient): Promise<Solved> {
  ambient.log.warn(`The cache \`${cache.kind}\` ${why}: ${pushed === undefined ? 'the image is built without it' : 'the image itself was pushed before'}.`)
  return { digest: pushed ?? (await withoutCache(build, cache, engine, ambient)), cache: 'gave-up' }
}

async function withoutCache(build: Build, abandoned: BuildCache | undefined, engine: Engine, ambient: Ambient): Promise<string> {
  const ended = await once(build, [], abandoned?.withinMs, engine, ambient)
  if (ended.kind === 'pushed') return ended.digest
  const { app, version } = build.input.request
  throw new ProcessError('build-failed', {
    message: `Could not build \`${app}\` ${version}: the engine builds nothing, because it still waits for the cache that does not answer.`,
    fix: 'Restart the engine or its builder, and set `cache: none` until the cache answers again.', argv: [], tail: [],
  })
}

/** One run of buildx. It is stopped when the cache does not answer in time, or when the engine does not even begin after such a cache. */
async function once(build: Build, flags: readonly string[], withinMs: number | undefined, engine: Engine, ambient: Ambient): Promise<Ended> {
  const { clock, log, signal, files } = ambient
  const stop = new AbortController()
  const over = new AbortController()
  let late: string | undefined
  const watch = async (name: string, ms: number, stuck: () => boolean): Promise<void> => {
    await clock.sleep(ms, over.signal)
    if (over.signal.aborted || !stuck()) return
    late ??= name
    stop.abort()
  }
  const progress = progressOf(log, (name) => void watch(name, withinMs ?? BUILD_MS, () => progress.atWork(name)))
  if (flags.length === 0 && withinMs !== undefined) void watch('nothing has begun', Math.max(withinMs, BEGIN_MS), () => !progress.began())
  const { argv, env } = buildCommand(build.input, build.content, build.draft, build.machine, flags)
  const { app, version } = build.input.request
  try {
    await engine.run({ what: `build \`${app}\` ${version}`, argv, env, timeoutMs: BUILD_MS, stop: stop.signal, onErrorLine: (line) => progress.line(line) })
    const { 'containerimage.digest': digest } = object<{ 'containerimage.digest': string }>({ 'containerimage.digest': text })(JSON.parse(await files.text(build.draft.metadata)), 'metadata')
    return { kind: 'pushed', digest, progress }
  } catch (thrown) {
    if (!signal.aborted && late !== undefined) return { kind: 'cache', why: `did not answer within ${readableDuration(withinMs ?? 0)} (${late})`, pushed: progress.pushed() }
    const fault = signal.aborted || flags.length === 0 ? undefined : cacheFaultIn(thrown, progress)
    if (fault === undefined) throw buildFault(thrown, progress, build.input)
    return { kind: 'cache', why: `failed ("${fault}")`, pushed: progress.pushed() }
  } finally {
    over.abort()
  }
}

async function machineOf(engine: Engine): Promise<Machine> {
  const { stdout } = await engine.run({ what: 'ask buildx for its builder', argv: ['buildx', 'inspect'], timeoutMs: MACHINE_MS })
  return { driver: /^Driver:\s+(\S+)/m.exec(stdout)?.[1] ?? 'docker' }
}
