import { pinnedImage } from '../../../domain/release.js'
import { EcluseError, StateError, messageOf } from '../../../errors/families.js'
import type { Engine } from '../../../ports/engine.js'
import type { ImageRegistry, RegistryImage } from '../../../ports/image-registry.js'
import { decodedInspection, decodedManifest, isMissing, type Inspection } from './decode.js'
import { largest, layersOf } from './layers.js'

const LOOK_MS = 60_000
const TAG_MS = 120_000

/** Registries as `docker buildx imagetools` speaks to them: with docker's credentials, proxies and certificates. Each question starts two programs. */
export function throughDocker(engine: Engine): ImageRegistry {
  return {
    look: (reference) => look(reference, engine),
    digestOf: async (reference) => (await inspected(reference, '{{json .Manifest}}', engine, (value) => decodedInspection({ manifest: value })))?.digest,
    tag: (image, tags) => tag(image, tags, engine),
  }
}

async function look(reference: string, engine: Engine): Promise<RegistryImage | undefined> {
  const seen = await inspected(reference, '{{json .}}', engine, decodedInspection)
  if (seen === undefined) return undefined
  const repository = reference.replace(/(?:@sha256:[0-9a-f]{64}|:[^/:@]+)$/, '')
  const digests = seen.children.length === 0 ? [{ digest: seen.digest, platform: '' }] : seen.children
  const images = await Promise.all(digests.map(async ({ digest, platform }) => {
    const { stdout } = await engine.run({ what: `read the manifest of \`${repository}@${digest}\``, argv: ['buildx', 'imagetools', 'inspect', '--raw', `${repository}@${digest}`], timeoutMs: LOOK_MS })
    return layersOf(understood(`${repository}@${digest}`, () => decodedManifest(stdout)), seen.configs.get(platform) ?? seen.configs.get(''))
  }))
  const first = seen.configs.values().next().value
  return {
    digest: seen.digest,
    labels: first?.labels ?? {},
    ...largest(images),
    platforms: seen.children.length === 0 ? [...(first === undefined ? [] : [first.platform])] : seen.children.map(({ platform }) => platform),
  }
}

async function inspected(reference: string, format: string, engine: Engine, decode: (value: unknown) => Inspection): Promise<Inspection | undefined> {
  try {
    const { stdout } = await engine.run({ what: `look for \`${reference}\` in its registry`, argv: ['buildx', 'imagetools', 'inspect', '--format', format, reference], timeoutMs: LOOK_MS })
    return understood(reference, () => decode(JSON.parse(stdout)))
  } catch (thrown) {
    if (thrown instanceof EcluseError && isMissing(thrown, reference)) return undefined
    throw thrown
  }
}

function understood<T>(reference: string, decode: () => T): T {
  try {
    return decode()
  } catch (thrown) {
    throw new StateError('image-corrupt', { message: `Could not read what the registry has of \`${reference}\`: ${messageOf(thrown)}.`, fix: 'See that it is an image; other artifacts have no layers to speak of.', cause: thrown })
  }
}

/** The manifest is put under each tag as it is: wrapped into an index it would be another image. */
async function tag(image: string, tags: readonly string[], engine: Engine): Promise<void> {
  const repository = pinnedImage(image)?.name
  if (repository === undefined) throw new StateError('image-not-pinned', { message: `Could not tag \`${image}\`: it is not named by digest.` })
  if (tags.length === 0) return
  const named = tags.flatMap((one) => ['--tag', `${repository}:${one}`])
  await engine.run({ what: `tag \`${image}\` as ${tags.map((one) => `\`${one}\``).join(', ')}`, argv: ['buildx', 'imagetools', 'create', '--prefer-index=false', '--progress', 'plain', ...named, image], timeoutMs: TAG_MS })
}
