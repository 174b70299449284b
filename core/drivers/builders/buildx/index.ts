import { CONTENT_KEY_LABEL, contentTag } from '../../../domain/image-labels.js'
import { EcluseError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Builder, BuildRequest, Built } from '../../../ports/builder.js'
import type { Engine } from '../../../ports/engine.js'
import type { ImageRegistry, RegistryImage } from '../../../ports/image-registry.js'
import { contentOf, type Content } from './content-key.js'
import { withDraft } from './draft.js'
import { lost } from './faults.js'
import { readInput, type Input } from './input.js'
import { solve } from './solve.js'

/**
 * Builds with BuildKit through `docker buildx` and pushes by digest. An image of the same content that is in the repository already is
 * used again: then nothing is built and nothing is moved. What the image is made of is read before (context, Dockerfile, arguments,
 * bases by digest), and the build takes just that.
 */
export function buildxBuilder(engine: Engine, registry: ImageRegistry, ambient: Ambient): Builder {
  return { name: 'buildx', build: (request) => build(request, engine, registry, ambient) }
}

async function build(request: BuildRequest, engine: Engine, registry: ImageRegistry, ambient: Ambient): Promise<Built> {
  const input = await readInput(request, ambient)
  const content = await contentOf(input, registry, ambient)
  const kept = await keptImage(input, content, registry, ambient)
  if (kept !== undefined) return built(input, kept, { contentKey: content.key!, reused: true })
  const { digest, cache } = await withDraft(input, ambient, (draft) => solve(input, content, draft, engine, ambient))
  const image = `${input.repository}@${digest}`
  // What counts is what the registry has, not what the client says that it sent.
  const seen = await registry.look(image)
  if (seen === undefined || seen.digest !== digest) throw lost(image)
  const key = await settledKey(content, ambient)
  return built(input, seen, { ...(key === undefined ? {} : { contentKey: key }), reused: false, cache })
}

function built({ repository }: Input, { digest, layers, bytes }: RegistryImage, more: Pick<Built, 'contentKey' | 'reused' | 'cache'>): Built {
  return { image: `${repository}@${digest}`, digest, layers, bytes, ...more }
}

/** An image of this content that passed before: only then it has the tag. */
async function keptImage({ engine, repository, request }: Input, { key, unknown }: Content, registry: ImageRegistry, { log }: Ambient): Promise<RegistryImage | undefined> {
  if (key === undefined) log.info(`It can not be known before the build what the image is made of, so that none is used again: ${unknown.join('; ')}.`)
  if (key === undefined || !engine.reuse) return undefined
  try {
    const seen = await registry.look(`${repository}:${contentTag(key)}`)
    const whole = seen !== undefined && seen.labels[CONTENT_KEY_LABEL] === key && request.platforms.every((platform) => seen.platforms.some((one) => one === platform || one.startsWith(`${platform}/`)))
    if (seen !== undefined && !whole) log.warn(`What \`${repository}:${contentTag(key)}\` names was not built from this content: it is built anew.`)
    return whole ? seen : undefined
  } catch (thrown) {
    // Some registries refuse where there is no repository yet; the push will tell.
    if (!(thrown instanceof EcluseError) || thrown.code !== 'registry-refused') throw thrown
    log.info(`The registry does not say whether it has an image of this content (${thrown.message}). It is built.`)
    return undefined
  }
}

/** The key of what was really built: files that changed meanwhile may or may not be in the image. */
async function settledKey({ key, recounted }: Content, { log }: Ambient): Promise<string | undefined> {
  if (key === undefined || (await recounted()) === key) return key
  log.warn('Files of the context changed while the image was built: it will not be used again for either content. Build when nothing else writes there.')
  return undefined
}
