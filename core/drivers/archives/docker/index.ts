import { ProcessError, StateError } from '../../../errors/families.js'
import type { Engine } from '../../../ports/engine.js'
import type { Files } from '../../../ports/files.js'
import type { ImageArchives } from '../../../ports/image-archives.js'
import { isFor, platformsIn } from './platform.js'

/** Layers that are not on this machine yet are fetched. */
const LIMIT_MS = 15 * 60_000

/** Images of a registry, saved by the engine, which fetches them with the credentials that it has. */
export function dockerArchives(engine: Engine, files: Pick<Files, 'stream'>): ImageArchives {
  return {
    async save(image, platform, file) {
      await engine.run({ what: `fetch \`${image}\` for ${platform}`, argv: ['pull', '--quiet', '--platform', platform, image], timeoutMs: LIMIT_MS })
      const save = (...flags: readonly string[]): Promise<unknown> =>
        engine.run({ what: `save \`${image}\` for ${platform}`, argv: ['save', ...flags, '--output', file, image], timeoutMs: LIMIT_MS })
      try {
        await save('--platform', platform)
      } catch (thrown) {
        // Engines before 28 know no such flag. Most keep one platform of an image, the one that was fetched last; with the store of containerd they keep all.
        if (!(thrown instanceof ProcessError) || !/unknown flag: --platform|requires API version/.test(thrown.tail.join('\n'))) throw thrown
        await save()
        await isAsked(file, { image, platform }, files)
      }
    },
  }
}

/** What is found in another platform's image says nothing about this one's. */
async function isAsked(file: string, { image, platform }: { readonly image: string; readonly platform: string }, files: Pick<Files, 'stream'>): Promise<void> {
  const found = await platformsIn(file, files)
  if (!('why' in found) && found.length > 0 && found.every((one) => isFor(platform, one))) return
  const seen = 'why' in found ? `what it saved can't be read (${found.why})` : `it saved ${found.length === 0 ? 'no image' : `the image for ${found.join(', ')}`}`
  throw new StateError('scan-failed', { message: `Could not save \`${image}\` for ${platform}: ${seen}.`, fix: 'Update Docker to 28 or newer, which saves the platform that is asked for.' })
}
