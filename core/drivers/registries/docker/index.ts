import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { ImageRegistry } from '../../../ports/image-registry.js'
import { conversation } from './conversation.js'
import { directly } from './direct.js'
import { throughDocker } from './program.js'

/**
 * Registries, spoken to directly where that works, with the credentials in `folder`, docker's own settings. Whatever is not plain, a
 * proxy, a certificate of one's own, a refusal, an unusual login, is left to docker, and what docker says is what counts.
 */
export function dockerRegistry(engine: Engine, folder: string | undefined, ambient: Ambient): ImageRegistry {
  const program = throughDocker(engine)
  const direct = directly(conversation(folder, ambient), ambient)
  return {
    async look(reference) {
      const found = await direct.look(reference)
      return found === 'missing' ? undefined : (found ?? program.look(reference))
    },
    digestOf: async (reference) => (await direct.digestOf(reference)) ?? program.digestOf(reference),
    async tag(image, tags) {
      if (tags.length > 0 && (await direct.tag(image, tags))) return
      await program.tag(image, tags)
    },
  }
}
