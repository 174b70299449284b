import type { Environment } from '../domain/environment.js'
import type { EnvironmentHistory } from '../domain/history.js'
import { refusal, type Refusal } from '../domain/admission.js'
import type { Observed } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import type { Metrics } from '../ports/metrics.js'
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
  readonly dryRun: boolean
  /** Id of the receipt of the backup taken for it. */
  readonly receipt?: string
}

export interface DeliveryPorts extends Grounds {
  readonly metrics?: Metrics
  /** The same platform and ledger in surroundings that a cancel does not stop. */
  readonly shielded: () => Promise<Grounds>
}

/** What is there before anything is done. */
export interface Situation {
  readonly history: EnvironmentHistory
  readonly observed: Observed
  readonly refused?: Refusal
}

export async function lookAround(request: DeliveryRequest, grounds: Grounds): Promise<Situation> {
  const [history, observed] = await Promise.all([grounds.ledger.history(request.environment.name), grounds.platform.observe()])
  const refused = refusal(history, request)
  return { history, observed, ...(refused === undefined ? {} : { refused }) }
}
