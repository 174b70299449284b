import { ProcessError } from '../../../errors/families.js'
import type { Engine } from '../../../ports/engine.js'
import type { ImageArchives } from '../../../ports/image-archives.js'

/** Layers that are not on this machine yet are fetched. */
const LIMIT_MS = 15 * 60_000

/** Images of a registry, saved by the engine, which fetches them with the credentials that it has. */
export function dockerArchives(engine: Engine): ImageArchives {
  return {
    async save(image, platform, file) {
      await engine.run({ what: `fetch \`${image}\` for ${platform}`, argv: ['pull', '--quiet', '--platform', platform, image], timeoutMs: LIMIT_MS })
      const save = (...flags: readonly string[]): Promise<unknown> =>
        engine.run({ what: `save \`${image}\` for ${platform}`, argv: ['save', ...flags, '--output', file, image], timeoutMs: LIMIT_MS })
      try {
        await save('--platform', platform)
      } catch (thrown) {
        // Engines before 28 keep one platform of an image, the one that was fetched last, and know no such flag.
        if (!(thrown instanceof ProcessError) || !/unknown flag: --platform|requires API version/.test(thrown.tail.join('\n'))) throw thrown
        await save()
      }
    },
  }
}
