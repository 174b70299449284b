import type { ComposeOptions } from '../../../domain/environment.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { Platform } from '../../../ports/platform.js'

export interface ComposeGiven {
  readonly app: string
  readonly environment: string
  /** Where users reach it. */
  readonly url: string
  /** Variable of the release → variable of ours that holds its value. */
  readonly secretSettings: Readonly<Record<string, string>>
}

export function composePlatform(_options: ComposeOptions, _given: ComposeGiven, _engines: readonly Engine[], _ambient: Ambient): Platform {
  throw new Error('not yet')
}
