import type { ComposeHost } from '../../../domain/environment.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'

export type DockerGiven = ComposeHost & { /** The private key itself. */ readonly sshKey?: string }

export function dockerEngine(_given: DockerGiven, _ambient: Ambient): Engine {
  throw new Error('not yet')
}
