import type { ComplaintsOptions } from './complaints.js'

/** Which triggers an environment has, and when each of them fires. Off where it is left out. */

export interface HealthRule {
  /** So many looks in a row must find it failing. */
  readonly after: number
  readonly everyMs: number
}

/** More memory than before: a growth by this fraction within this time. */
export interface MemoryRule {
  readonly growth: number
  readonly overMs: number
}

export interface ResourceRule {
  /** The platform started it again so many times. */
  readonly restarts: number
  readonly outOfMemory: boolean
  readonly memory?: MemoryRule
  /** Somebody wrote it down: a platform that can't be asked is a fault then, and left out otherwise. */
  readonly written: boolean
}

export interface TriggerPolicy {
  readonly health?: HealthRule
  readonly complaints?: ComplaintsOptions
  readonly resources?: ResourceRule
  readonly sloBurn: boolean
}

/** Burn rates are of minutes, and each question goes over all series of an hour and more. */
export const BURN_LOOK_MS = 30_000
export const RESOURCE_LOOK_MS = 10_000
