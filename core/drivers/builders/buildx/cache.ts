import { absolute } from '../../../domain/dockerfile/paths.js'
import { readableDuration } from '../../../domain/duration.js'
import type { BuildCache } from '../../../domain/environment.js'
import { EcluseError, ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { Input } from './input.js'
import type { Progress } from './progress.js'

/** A cache in a repository lies under this tag. */
const CACHE_TAG = 'ecluse-cache'
/** Where a local cache is written anew: the old one holds layers that nobody needs any more, and would grow for ever. */
const NEXT = '.next'

/** A cache that may be used, or why it is not. */
export type Opened = { readonly flags: readonly string[]; readonly withinMs: number; close(): Promise<void> } | { readonly why: string }

/**
 * Asks a registry for the cache before the engine does: BuildKit has no time limit of its own there, and while it waits it builds
 * nothing else either, for nobody, even after whoever asked is gone.
 */
export async function openCache(cache: BuildCache, input: Input, engine: Engine, ambient: Ambient): Promise<Opened> {
  const { kind, withinMs } = cache
  const opened = (flags: readonly string[], close = async (): Promise<void> => undefined): Opened => ({ flags, withinMs, close })
  // What could not be kept is told by its step; the image is there all the same.
  const kept = 'mode=max,ignore-error=true'
  if (kind === 'gha') {
    const scope = `scope=${[input.request.app, input.request.target ?? ''].filter((part) => part !== '').join('-')},timeout=${withinMs}ms`
    return opened(['--cache-from', `type=gha,${scope}`, '--cache-to', `type=gha,${kept},${scope}`])
  }
  if (kind === 'registry') {
    const reference = `${cache.place ?? input.repository}:${CACHE_TAG}`
    const why = await silence(reference, withinMs, engine, ambient)
    if (why !== undefined) return { why }
    return opened(['--cache-from', `type=registry,ref=${reference}`, '--cache-to', `type=registry,${kept},image-manifest=true,oci-mediatypes=true,ref=${reference}`])
  }
  const place = absolute(ambient.paths.work, cache.place ?? '')
  const there = (await ambient.files.info(`${place}/index.json`)) !== undefined
  return opened([...(there ? ['--cache-from', `type=local,src=${place}`] : []), '--cache-to', `type=local,${kept},dest=${place}${NEXT}`], () => turnOver(place, ambient))
}

/** Why the registry of a cache can't be used; whether the cache is in it yet is another matter. */
async function silence(reference: string, withinMs: number, engine: Engine, { clock, signal }: Ambient): Promise<string | undefined> {
  const stop = new AbortController()
  const over = new AbortController()
  const watch = async (): Promise<void> => {
    await clock.sleep(withinMs, over.signal)
    if (!over.signal.aborted) stop.abort()
  }
  void watch()
  try {
    await engine.run({ what: `ask for the cache \`${reference}\``, argv: ['buildx', 'imagetools', 'inspect', '--raw', reference], timeoutMs: withinMs + 60_000, stop: stop.signal })
    return undefined
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof EcluseError)) throw thrown
    if (stop.signal.aborted) return `did not answer within ${readableDuration(withinMs)}`
    return thrown.code === 'registry-unreachable' ? `failed (${thrown.message})` : undefined
  } finally {
    over.abort()
  }
}

/** The new cache takes the place of the old one. A run that is killed in between has one of the two, or none. */
async function turnOver(place: string, { files }: Ambient): Promise<void> {
  if ((await files.info(`${place}${NEXT}/index.json`)) === undefined) return
  await files.remove(place)
  await files.rename(`${place}${NEXT}`, place)
}

const OF_THE_CACHE = /\bcache (?:export|import)|failed to configure \S+ cache|exporting cache|error writing (?:layer|config|manifest) blob|actions ?cache|_apis\/artifactcache/i

/** What a cache made a build fail with. A step of the image that failed fails without a cache too. */
export function cacheFaultIn(thrown: unknown, progress: Progress): string | undefined {
  if (progress.failed() !== undefined || !(thrown instanceof ProcessError)) return undefined
  const fault = progress.cacheFault() ?? progress.told().findLast((line) => OF_THE_CACHE.test(line))
  return fault?.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '').slice(0, 200)
}
