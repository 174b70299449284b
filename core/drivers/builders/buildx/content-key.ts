import { undeclaredArguments } from '../../../domain/dockerfile/platform.js'
import { variableLabels } from '../../../domain/image-labels.js'
import { pinnedImage } from '../../../domain/release.js'
import { EcluseError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { ImageRegistry } from '../../../ports/image-registry.js'
import { sourcesIn, type Sourced } from './context.js'
import { REMOTE, type Input } from './input.js'

/** Counts up when the same input begins to give another image. */
const FORMAT = 'ecluse buildx content key 1'
const IMAGE_CONTEXT = /^docker-image:\/\//

/** What an image will be made of. */
export interface Content {
  /** Absent when it can't be known before the build; `unknown` then says why. */
  readonly key?: string
  readonly unknown: readonly string[]
  /** Each base as the Dockerfile names it, pinned: the build takes these very ones. */
  readonly pinned: Readonly<Record<string, string>>
  /** Reads the files again, on the same bases. */
  readonly recounted: () => Promise<string | undefined>
}

type Base = readonly [image: string, found: { readonly digest: string } | { readonly why: string }]

/** Everything that an image is made of, in one number. No version, commit or time is in it, and no secret's value. */
export async function contentOf(input: Input, registry: ImageRegistry, ambient: Ambient): Promise<Content> {
  const { origins, engine } = input
  const places = Object.entries(engine.contexts)
  const images = [...origins.images, ...places.flatMap(([, place]) => (IMAGE_CONTEXT.test(place) ? [place.replace(IMAGE_CONTEXT, '')] : []))]
  const [bases, sources] = await Promise.all([
    Promise.all([...new Set(images)].map(async (image): Promise<Base> => [image, await digestOf(image, registry)])),
    allSources(input, ambient),
  ])
  if (holdsGit(sources)) ambient.log.warn('The build takes `.git` with it, which differs from clone to clone, so that hardly an image is used again: add `.git` to `.dockerignore`.')
  const strange = places.filter(([, place]) => REMOTE.test(place) && !IMAGE_CONTEXT.test(place)).map(([name, place]) => `the context \`${name}\` is fetched from \`${place}\``)
  const unknown = [...origins.unknown, ...strange, ...bases.flatMap(([image, found]) => ('why' in found ? [`${image}: ${found.why}`] : []))]
  const pinned = Object.fromEntries(bases.flatMap(([image, found]) => ('digest' in found && pinnedImage(image) === undefined ? [[image, `${image}@${found.digest}`] as const] : [])))
  const counted = (read: Sources): string => ambient.files.sha256(JSON.stringify(partsOf(input, bases, read)))
  return {
    ...(unknown.length > 0 ? {} : { key: counted(sources) }), unknown, pinned,
    recounted: async () => (unknown.length > 0 ? undefined : counted(await allSources(input, ambient))),
  }
}

function partsOf(input: Input, bases: readonly Base[], sources: Sources): readonly unknown[] {
  const { request, engine, text } = input
  return [
    FORMAT, text, request.target ?? '', usedArguments(input), [...request.platforms].toSorted(), labelsOf(input),
    Object.keys(engine.secrets).toSorted(), [engine.attestations, engine.sbomGenerator ?? ''],
    Object.entries(engine.contexts).filter(([, place]) => REMOTE.test(place)).toSorted(([a], [b]) => byText(a, b)),
    bases.map(([image, found]) => [image, 'digest' in found ? found.digest : '']).toSorted(([a = ''], [b = '']) => byText(a, b)), sources,
  ]
}

/** The files of the context, and of every folder that is given as another one, by its name. */
type Sources = readonly (readonly [name: string, files: readonly Sourced[]])[]

async function allSources({ context, ignore, engine }: Input, ambient: Ambient): Promise<Sources> {
  const folders = Object.entries(engine.contexts).filter(([, place]) => !REMOTE.test(place)).toSorted(([a], [b]) => byText(a, b))
  return Promise.all([
    sourcesIn(context, ambient, ignore).then((files) => ['', files] as const),
    ...folders.map(async ([name, place]) => [name, await sourcesIn(place, ambient)] as const),
  ])
}

function holdsGit([own]: Sources): boolean {
  return own?.[1].some(([path]) => path === '.git') === true
}

/** Whoever can't be asked for a base is no reason to fail here: the build tells it better. It is never a reason to guess. */
async function digestOf(image: string, registry: ImageRegistry): Promise<{ readonly digest: string } | { readonly why: string }> {
  const pinned = pinnedImage(image)
  if (pinned !== undefined) return { digest: pinned.digest }
  try {
    const digest = await registry.digestOf(image)
    return digest === undefined ? { why: 'its registry has no such image' } : { digest }
  } catch (thrown) {
    if (!(thrown instanceof EcluseError) || thrown.code === 'aborted' || thrown.code === 'docker-missing' || thrown.code === 'buildx-missing') throw thrown
    return { why: `its registry could not be asked (${thrown.code})` }
  }
}

function usedArguments({ request: { args }, origins: { declared } }: Input): readonly (readonly [string, string])[] {
  return Object.entries(args).filter(([name]) => declared.has(name) || !undeclaredArguments.includes(name)).toSorted(([a], [b]) => byText(a, b))
}

function labelsOf({ request: { labels } }: Input): readonly (readonly [string, string])[] {
  return Object.entries(labels).filter(([name]) => !variableLabels.includes(name)).toSorted(([a], [b]) => byText(a, b))
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
