import { budgetRefusal, type BudgetFound, type BudgetRefusal } from '../domain/budget-gate.js'
import type { Environment } from '../domain/environment.js'
import type { EnvironmentHistory } from '../domain/history.js'
import { admission, type Admission, type Refusal } from '../domain/admission.js'
import type { Freezable } from '../domain/freeze.js'
import type { Observed } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import type { Ambient } from '../ports/ambient.js'
import type { Metrics } from '../ports/metrics.js'
import type { Signatures } from '../ports/signatures.js'
import type { SloSource } from '../ports/slo-source.js'
import type { OpenTriggers } from '../ports/trigger.js'
import { readBudgets } from './budgets.js'
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
  /** What can send the release back beside the judge. */
  readonly triggers?: OpenTriggers
  /** Where the error budgets are read before a release goes forward. */
  readonly slo?: SloSource
  /** Opened only where the environment asks who signed. */
  readonly signatures?: () => Promise<Signatures>
  /** Asked only where the environment's tag moves. */
  readonly registry?: AtRegistry
  /** The same platform and ledger in surroundings that a cancel does not stop. */
  readonly shielded: () => Promise<Grounds>
}

/** What is there before anything is done. */
export interface Situation<R = Refusal> extends Admission<R> {
  readonly history: EnvironmentHistory
  readonly observed: Observed
}

export function lookAround(request: DeliveryRequest, kind: Freezable, grounds: Grounds, ambient: Ambient): Promise<Situation> {
  return situation<never>(request, kind, grounds, undefined, ambient)
}

/** What is there before a release gets traffic: what is left of the error budgets as well. */
export interface BudgetedSituation extends Situation<Refusal | BudgetRefusal> {
  /** Of each objective. */
  readonly budgets: readonly BudgetFound[]
}

export async function lookAtBudgetsAndAround(request: DeliveryRequest, ports: DeliveryPorts, ambient: Ambient): Promise<BudgetedSituation> {
  const { slo } = request.environment
  // A month of counters takes its time: what must be new is looked at after it.
  const budgets = await readBudgets(slo, ports.slo)
  return { budgets, ...(await situation(request, 'promote', ports, slo && budgetRefusal(slo, budgets), ambient)) }
}

async function situation<B extends BudgetRefusal>(request: DeliveryRequest, kind: Freezable, grounds: Grounds, budget: B | undefined, ambient: Ambient): Promise<Situation<Refusal | B>> {
  const [history, observed] = await Promise.all([grounds.ledger.history(request.environment.name), grounds.platform.observe()])
  const { environment, ...asked } = request
  // Last of all, because a freeze may have begun while we waited: from here to the recorded intent nothing waits any more.
  return { history, observed, ...admission(history, environment.freeze, { ...asked, kind, budget, environment: environment.name }, ambient.clock.now()) }
}
