import { ProcessError } from '../../../errors/families.js'
import { readableDuration } from '../../../domain/duration.js'
import { object, text } from '../../../domain/local-control/decode.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Built } from '../../../ports/builder.js'
import type { Engine } from '../../../ports/engine.js'
import { absolute } from '../../../domain/dockerfile/paths.js'
import { buildCommand, cacheFlags, NEXT, type Machine } from './command.js'
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

type Ended = { readonly kind: 'pushed'; readonly progress: Progress } | { readonly kind: 'cache'; readonly why: string } | { readonly kind: 'failed'; readonly thrown: unknown; readonly progress: Progress }

const BUILD_MS = 6 * 60 * 60_000
const MACHINE_MS = 60_000

/** Builds and pushes. A cache that fails or does not answer in time costs its time, not the build. */
export async function solve(input: Input, content: Content, draft: Draft, engine: Engine, ambient: Ambient): Promise<Solved> {
  const build = { input, content, draft, machine: await machineOf(engine) }
  const { cache } = input.engine
  if (cache === undefined) return pushed(await once(build, [], undefined, engine, ambient), build, 'none', ambient)
  const place = cache.kind === 'local' ? absolute(ambient.paths.work, cache.place ?? '') : cache.place
  const kept = { ...cache, ...(place === undefined ? {} : { place }) }
  const there = kept.kind === 'local' && (await ambient.files.info(`${place}/index.json`)) !== undefined
  const first = await once(build, cacheFlags(kept, input, there), cache.withinMs, engine, ambient)
  if (first.kind === 'cache') {
    ambient.log.warn(`The cache \`${cache.kind}\` ${first.why}: the image is built without it.`)
    return pushed(await once(build, [], undefined, engine, ambient), build, 'gave-up', ambient)
  }
  if (first.kind === 'pushed' && kept.kind === 'local') await turnOver(place!, ambient)
  const answered = first.kind === 'pushed' && first.progress.cacheAnswered()
  if (first.kind === 'pushed' && !answered) ambient.log.warn(`The cache \`${cache.kind}\` was not used: ${first.progress.cacheFault() ?? silent(cache.kind)}.`)
  return pushed(first, build, answered ? 'used' : 'none', ambient)
}

function silent(kind: string): string {
  return kind === 'gha' ? 'buildx leaves it out where the runner does not hand on its address and token (`ACTIONS_RESULTS_URL`, `ACTIONS_RUNTIME_TOKEN`)' : 'buildx said nothing of it'
}

async function pushed(ended: Ended, { input, draft }: Build, cache: Solved['cache'], { files }: Ambient): Promise<Solved> {
  if (ended.kind === 'failed') throw buildFault(ended.thrown, ended.progress, input)
  const { 'containerimage.digest': digest } = object<{ 'containerimage.digest': string }>({ 'containerimage.digest': text })(JSON.parse(await files.text(draft.metadata)), 'metadata')
  return { digest, cache }
}

/** One run of buildx; it is stopped when the cache does not answer in time. */
async function once(build: Build, flags: readonly string[], withinMs: number | undefined, engine: Engine, { clock, log, signal }: Ambient): Promise<Ended> {
  const stop = new AbortController()
  const over = new AbortController()
  let late: string | undefined
  const watch = async (): Promise<void> => {
    if (withinMs === undefined) return
    await clock.sleep(withinMs, over.signal)
    const name = over.signal.aborted ? undefined : progress.cacheAtWork()
    if (name === undefined) return
    late = name
    stop.abort()
  }
  const progress = progressOf(log, () => void watch())
  const { argv, env } = buildCommand(build.input, build.content, build.draft, build.machine, flags)
  const { app, version } = build.input.request
  try {
    await engine.run({ what: `build \`${app}\` ${version}`, argv, env, timeoutMs: BUILD_MS, stop: stop.signal, onErrorLine: (line) => progress.line(line) })
    return { kind: 'pushed', progress }
  } catch (thrown) {
    if (signal.aborted || flags.length === 0) return { kind: 'failed', thrown, progress }
    if (late !== undefined) return { kind: 'cache', why: `did not answer within ${readableDuration(withinMs ?? 0)} (${late})` }
    const fault = cacheFaultIn(thrown, progress)
    return fault === undefined ? { kind: 'failed', thrown, progress } : { kind: 'cache', why: `failed ("${fault}")` }
  } finally {
    over.abort()
  }
}

const OF_THE_CACHE = /\bcache (?:export|import)|failed to configure \S+ cache|exporting cache|error writing (?:layer|config|manifest) blob|actions ?cache|_apis\/artifactcache|cache export is not supported/i

/** A step of the image that failed fails without a cache too. */
function cacheFaultIn(thrown: unknown, progress: Progress): string | undefined {
  if (progress.failed() !== undefined || !(thrown instanceof ProcessError)) return undefined
  const fault = progress.cacheFault() ?? progress.told().findLast((line) => OF_THE_CACHE.test(line))
  return fault?.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '').slice(0, 200)
}

/** The new cache takes the place of the old one. A run that is killed in between has one of the two, or none. */
async function turnOver(place: string, { files }: Ambient): Promise<void> {
  if ((await files.info(`${place}${NEXT}`)) === undefined) return
  await files.remove(place)
  await files.rename(`${place}${NEXT}`, place)
}

async function machineOf(engine: Engine): Promise<Machine> {
  const { stdout } = await engine.run({ what: 'ask buildx for its builder', argv: ['buildx', 'inspect'], timeoutMs: MACHINE_MS })
  return { driver: /^Driver:\s+(\S+)/m.exec(stdout)?.[1] ?? 'docker' }
}
