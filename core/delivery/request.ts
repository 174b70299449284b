import type { Environment } from '../domain/environment.js'
import type { EnvironmentHistory } from '../domain/history.js'
import { admission, type Admission } from '../domain/admission.js'
import type { Freezable } from '../domain/freeze.js'
import type { Observed } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import type { Ambient } from '../ports/ambient.js'
import type { Metrics } from '../ports/metrics.js'
import type { Signatures } from '../ports/signatures.js'
import type { AtRegistry } from './environment-tag.js'
import type { Grounds } from './work.js'

/** A release that is to go forward into an environment. */
export interface DeliveryRequest {
  readonly environment: Environment
  /** Where users reach it. */
  readonly url: string
  readonly release: Release
  /** When it was asked for (epoch ms). */
  readonly requestedAt: number
  /** Why a refusal is overruled, in the user's words. */
  readonly force?: string
  /** Why a freeze is overruled, in the user's words. */
  readonly breakGlass?: string
  readonly dryRun: boolean
  /** Id of the receipt of the backup taken for it. */
  readonly receipt?: string
}

export interface DeliveryPorts extends Grounds {
  readonly metrics?: Metrics
  /** Opened only where the environment asks who signed. */
  readonly signatures?: () => Promise<Signatures>
  /** Asked only where the environment's tag moves. */
  readonly registry?: AtRegistry
  /** The same platform and ledger in surroundings that a cancel does not stop. */
  readonly shielded: () => Promise<Grounds>
}

/** What is there before anything is done. */
export interface Situation extends Admission {
  readonly history: EnvironmentHistory
  readonly observed: Observed
}

export async function lookAround(request: DeliveryRequest, kind: Freezable, grounds: Grounds, ambient: Ambient): Promise<Situation> {
  const [history, observed] = await Promise.all([grounds.ledger.history(request.environment.name), grounds.platform.observe()])
  const { environment, ...asked } = request
  // Last of all, because a freeze may have begun while we waited: from here to the recorded intent nothing waits any more.
  return { history, observed, ...admission(history, environment.freeze, { ...asked, kind, environment: environment.name }, ambient.clock.now()) }
}
