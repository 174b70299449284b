import { referenceIn, type Reference } from '../../../domain/image-name.js'
import { pinnedImage } from '../../../domain/release.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { ImageLayer, RegistryImage } from '../../../ports/image-registry.js'
import type { Conversation } from './conversation.js'
import { decodedConfiguration, decodedDocument, type Configuration } from './decode.js'
import { largest, layersOf } from './layers.js'

/** `undefined` where docker should be asked instead. */
type Told<T> = Promise<T | undefined>

/** Registries by their own protocol: some milliseconds for each question, where starting docker takes some hundred. */
export interface Direct {
  look(reference: string): Told<RegistryImage | 'missing'>
  digestOf(reference: string): Told<string>
  /** Whether it was done. */
  tag(image: string, tags: readonly string[]): Promise<boolean>
}

const ACCEPT = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'].join(', ')
const DIGEST = /^sha256:[0-9a-f]{64}$/
const NOT_THERE = /"(?:MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND)"/

interface Document {
  readonly digest: string
  readonly mediaType: string
  readonly body: string
}

export function directly(speaks: Conversation, ambient: Ambient): Direct {
  const reading: Reading = { ask: speaks.ask, sha256: (text) => `sha256:${ambient.files.sha256(text)}` }
  return {
    look: (text) => unlessStrange(() => look(text, reading)),
    digestOf: (text) => unlessStrange(async () => {
      const reference = referenceIn(text)
      if (reference === undefined) return undefined
      const answer = await reading.ask(reference, { method: 'HEAD', path: `manifests/${reference.which}`, headers: { accept: ACCEPT } })
      const digest = answer?.headers['docker-content-digest'] ?? ''
      return answer?.status === 200 && DIGEST.test(digest) ? digest : undefined
    }),
    tag: (text, tags) => tagged(text, tags, reading),
  }
}

interface Reading extends Conversation {
  readonly sha256: (text: string) => string
}

async function look(text: string, reading: Reading): Told<RegistryImage | 'missing'> {
  const reference = referenceIn(text)
  const top = reference === undefined ? undefined : await document(reference, reading)
  if (reference === undefined || top === undefined) return undefined
  if (top === 'missing') return 'missing'
  const found = decodedDocument(top.body)
  const bodies = 'children' in found ? await Promise.all(found.children.map(({ digest }) => document({ ...reference, which: digest }, reading))) : [top]
  const images = await Promise.all(bodies.map(async (one) => (one === undefined || one === 'missing' ? undefined : image(reference, one.body, reading))))
  const whole = images.filter((one) => one !== undefined)
  if (whole.length !== images.length || whole.length === 0) return undefined
  const platforms = 'children' in found ? found.children.map(({ platform }) => platform) : whole.map(({ configuration }) => configuration.platform)
  return { digest: top.digest, labels: whole[0]!.configuration.labels, ...largest(whole.map(({ layers }) => layers)), platforms }
}

/** Proven: the bytes are what their digest promises. */
async function document(reference: Reference, { ask, sha256 }: Reading): Told<Document | 'missing'> {
  const answer = await ask(reference, { method: 'GET', path: `manifests/${reference.which}`, headers: { accept: ACCEPT } })
  if (answer?.status === 404 && NOT_THERE.test(answer.body)) return 'missing'
  if (answer?.status !== 200) return undefined
  const digest = sha256(answer.body)
  const promised = [answer.headers['docker-content-digest'] ?? digest, DIGEST.test(reference.which) ? reference.which : digest]
  return promised.every((one) => one === digest) ? { digest, mediaType: answer.headers['content-type'] ?? '', body: answer.body } : undefined
}

async function image(reference: Reference, body: string, { ask, sha256 }: Reading): Told<{ readonly layers: readonly ImageLayer[]; readonly configuration: Configuration }> {
  const found = decodedDocument(body)
  if ('children' in found) return undefined
  const config = await ask(reference, { method: 'GET', path: `blobs/${found.config}` })
  if (config?.status !== 200 || sha256(config.body) !== found.config) return undefined
  const configuration = decodedConfiguration(JSON.parse(config.body), 'configuration')
  return { layers: layersOf(found.layers, configuration), configuration }
}

async function tagged(text: string, tags: readonly string[], reading: Reading): Promise<boolean> {
  const reference = pinnedImage(text) === undefined ? undefined : referenceIn(text)
  const found = reference === undefined ? undefined : await document(reference, reading)
  if (reference === undefined || found === undefined || found === 'missing') return false
  // One after the other: the first one fetches the token for all.
  for (const tag of tags) {
    const answer = await reading.ask(reference, { method: 'PUT', path: `manifests/${tag}`, headers: { 'content-type': found.mediaType }, body: found.body })
    if (answer?.status !== 201 || (answer.headers['docker-content-digest'] ?? found.digest) !== found.digest) return false
  }
  return true
}

/** What can't be read here, docker may be able to tell. */
async function unlessStrange<T>(work: () => Told<T>): Told<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof TypeError || thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}
