import { flag, list, number, object, optional, record, text, type Decoder } from '../../../domain/local-control/decode.js'
import { ProcessError, type EcluseError } from '../../../errors/families.js'

export interface ManifestLayer {
  readonly digest: string
  readonly size: number
}

/** What an image's configuration says, of one platform. */
export interface Configuration {
  readonly platform: string
  readonly labels: Readonly<Record<string, string>>
  /** The instruction behind each layer. */
  readonly makers: readonly string[]
}

export interface Inspection {
  readonly digest: string
  /** The images of an index; none for a plain one. */
  readonly children: readonly { readonly digest: string; readonly platform: string }[]
  /** By platform; under `''` where there is only one. */
  readonly configs: ReadonlyMap<string, Configuration>
}

interface RawPlatform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

interface RawManifest {
  readonly digest: string
  readonly manifests?: readonly { readonly digest: string; readonly platform?: RawPlatform; readonly annotations?: Readonly<Record<string, string>> }[]
}

interface RawConfiguration extends RawPlatform {
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> }
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[]
}

const DIGEST = /^sha256:[0-9a-f]{64}$/
const ATTESTATION = 'vnd.docker.reference.type'

const digest: Decoder<string> = (value, at) => {
  const found = text(value, at)
  if (!DIGEST.test(found)) throw new TypeError(`\`${at}\` should be a digest and is "${found.slice(0, 80)}"`)
  return found
}
const nullable = <T>(item: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null || value === undefined ? undefined : item(value, at))

const platform = object<RawPlatform>({ os: text, architecture: text, variant: optional(text) })
const children = nullable(list(object<NonNullable<RawManifest['manifests']>[number]>({ digest, platform: optional(platform), annotations: nullable(record(text)) })))
const manifest = object<RawManifest>({ digest, manifests: children })
const layerList = list(object<ManifestLayer>({ digest, size: number }))
const document = object<Pick<RawManifest, 'manifests'> & { config?: { digest: string }; layers?: readonly ManifestLayer[] }>({ manifests: children, config: nullable(object<{ digest: string }>({ digest })), layers: nullable(layerList) })
const configuration = object<RawConfiguration>({
  os: text, architecture: text, variant: optional(text),
  config: nullable(object<NonNullable<RawConfiguration['config']>>({ Labels: nullable(record(text)) })),
  history: nullable(list(object<NonNullable<RawConfiguration['history']>[number]>({ created_by: optional(text), empty_layer: optional(flag) }))),
})
const whole = object<{ manifest: RawManifest; image?: unknown }>({ manifest, image: (value) => value })

/** What `imagetools inspect` prints: of an index with several platforms, `image` has one configuration for each. */
export function decodedInspection(value: unknown): Inspection {
  const { manifest: found, image } = whole(value, 'inspection')
  return { digest: found.digest, children: imagesOf(found.manifests), configs: configurationsOf(image) }
}

/** The images of an index: what is attached to them is none. */
function imagesOf(listed: RawManifest['manifests'] = []): Inspection['children'] {
  return listed.flatMap((one) => (one.platform === undefined || one.platform.os === 'unknown' || one.annotations?.[ATTESTATION] !== undefined ? [] : [{ digest: one.digest, platform: nameOf(one.platform) }]))
}

/** A manifest or an index as the registry keeps it. */
export function decodedDocument(source: string): { readonly children: Inspection['children'] } | { readonly config: string; readonly layers: readonly ManifestLayer[] } {
  const { manifests, config, layers } = document(JSON.parse(source), 'manifest')
  if (manifests !== undefined) return { children: imagesOf(manifests) }
  if (config === undefined || layers === undefined) throw new TypeError('it is neither an image nor an index of images')
  return { config: config.digest, layers }
}

function configurationsOf(image: unknown): ReadonlyMap<string, Configuration> {
  if (typeof image !== 'object' || image === null) return new Map()
  if ('architecture' in image) return new Map([['', decodedConfiguration(image, 'image')]])
  return new Map(Object.entries(image).map(([name, one]) => [name, decodedConfiguration(one, `image.${name}`)]))
}

/** An image's configuration as the registry keeps it. */
export function decodedConfiguration(value: unknown, at: string): Configuration {
  const found = configuration(value, at)
  const makers = (found.history ?? []).filter((entry) => entry.empty_layer !== true).map((entry) => entry.created_by ?? '')
  return { platform: nameOf(found), labels: found.config?.Labels ?? {}, makers }
}

function nameOf({ os, architecture, variant }: RawPlatform): string {
  return [os, architecture, ...(variant === undefined || variant === '' ? [] : [variant])].join('/')
}

/** The layers of one platform's manifest. */
export function decodedManifest(source: string): readonly ManifestLayer[] {
  return object<{ layers: readonly ManifestLayer[] }>({ layers: layerList })(JSON.parse(source), 'manifest').layers
}

/** The registry was asked, and has no such image. */
export function isMissing(thrown: EcluseError, reference: string): boolean {
  if (thrown.code === 'image-not-found') return true
  return thrown.code === 'program-failed' && thrown instanceof ProcessError && thrown.tail.some((line) => line.includes(`${reference}: not found`) || /manifest unknown|name unknown/i.test(line))
}
