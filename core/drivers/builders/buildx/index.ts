import type { Ambient } from '../../../ports/ambient.js'
import type { Builder } from '../../../ports/builder.js'
import type { Engine } from '../../../ports/engine.js'

export function buildxBuilder(_engine: Engine, _ambient: Ambient): Builder {
  throw new Error('not yet')
}
