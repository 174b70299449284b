import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { ImageRegistry } from '../../../ports/image-registry.js'

export function dockerRegistry(_engine: Engine, _ambient: Ambient): ImageRegistry {
  throw new Error('not yet')
}
