import type { Ambient } from '../../../ports/ambient.js'
import type { Builder, BuildRequest, Built } from '../../../ports/builder.js'
import { contentKey, type Keyed } from './content-key.js'
import { declaredArguments } from './dockerfile/stages.js'
import { keptAgain, madeImages, type Written } from './make.js'
import { platformText } from '../../../domain/dockerfile/platform.js'
import { selectedBy, understood, type Plan } from './plan/understand.js'
import { stopIfAsked } from './store/blobs.js'
import { withDrafts } from './store/drafts.js'
import { putImages } from './store/image.js'
import { annotations, publish, readIndex } from './store/layout.js'
import { keptImages } from './store/reuse.js'

/**
 * Builds images without an engine, as files: what COPY, ADD, WORKDIR and the settings of a Dockerfile say. The same request gives
 * the same digest on every machine. An image of the same content in the destination is used again, also when it carries
 * another version, other labels or another date: only its configuration and manifest are then written anew, so its files keep
 * the date of the build that made them.
 */
export function ociLayoutBuilder(ambient: Ambient): Builder {
  return { name: 'oci-layout', build: (request) => build(request, ambient) }
}

async function build(request: BuildRequest, ambient: Ambient): Promise<Built> {
  const plan = await understood(request, ambient)
  const { destination, platforms } = plan.input
  const keyed = await keyOf(request, plan, ambient)
  const index = await readIndex(destination, ambient)
  const kept = await keptImages(destination, index, keyed.key, platforms, ambient)
  const images = kept === undefined ? await withDrafts(destination, ambient, (drafts) => madeImages(plan, request.sourceDate, keyed.hashes, drafts, ambient)) : keptAgain(plan, kept)
  stopIfAsked(ambient.signal)
  const descriptor = await putImages(destination, images, { created: plan.input.created, labels: request.labels }, ambient)
  const entry = { ...descriptor, annotations: { [annotations.version]: request.version, [annotations.contentKey]: keyed.key } }
  await publish(destination, entry, ambient)
  return { image: `oci-layout://${destination}@${descriptor.digest}`, digest: descriptor.digest, contentKey: keyed.key, reused: kept !== undefined, ...sizesOf(images) }
}

async function keyOf(request: BuildRequest, plan: Plan, ambient: Ambient): Promise<Keyed> {
  const { input } = plan
  const selected = selectedBy(plan)
  if (selected.some(({ path, node }) => path === '.git' || (path === '' && node.kind === 'folder' && node.children.has('.git')))) {
    ambient.log.warn('The image takes `.git` with it, which differs from clone to clone: add `.git` to `.dockerignore`.')
  }
  const parts = {
    dockerfile: input.text,
    target: request.target ?? '',
    args: request.args,
    declared: declaredArguments(input.dockerfile),
    platforms: input.platforms.map(platformText),
    stages: plan.stages.flatMap((stages) => [...stages.values()]),
    selected,
  }
  return contentKey(parts, ambient.files, ambient.signal, (done, all) => {
    if (all > 500 && done % 500 === 0) ambient.log.progress(`Reading the context: ${done} of ${all} files`)
  })
}

/** Of the largest platform: what one machine has to fetch. */
function sizesOf(images: readonly Written[]): Pick<Built, 'layers' | 'bytes'> {
  const sized = images.map(({ layers }) => {
    const all = layers.map(({ descriptor, createdBy }) => ({ digest: descriptor.digest, bytes: descriptor.size, createdBy }))
    return { layers: all, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) }
  })
  return sized.reduce((largest, one) => (one.bytes > largest.bytes ? one : largest))
}
