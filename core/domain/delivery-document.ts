import type { BudgetSpent } from './budget-gate.js'
import type { DeliveryRecord } from './history.js'
import type { NoData, Sample } from './sample.js'

/** Who let a delivery in. */
export interface ApprovalRecord {
  readonly by: string
  readonly state: 'approved' | 'rejected'
  readonly comment: string
  /** When it was seen (epoch ms). */
  readonly at: number
}

/** How long one part of a delivery took. */
export interface StepTime {
  readonly name: string
  readonly startedAt: number
  readonly ms: number
}

/** One poll of the judge, as the evidence file has it. */
export interface Poll {
  readonly weight: number
  readonly sample: Sample | NoData
  readonly decision?: string
  readonly lean?: string
}

/** The full record of one finished delivery; its hash and link are in the ledger. JSON Schema: `action-docs/delivery-document.schema.json`. */
export interface DeliveryDocument {
  readonly v: 1
  readonly delivery: DeliveryRecord
  readonly steps: readonly StepTime[]
  readonly approvals: readonly ApprovalRecord[]
  readonly polls: readonly Poll[]
  /** What its requests on trial used of the error budgets; absent where none were known. */
  readonly budgets?: readonly BudgetSpent[]
}
