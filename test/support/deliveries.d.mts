import type { DeliveryDocument } from '../../core/domain/delivery-document.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'

export interface HistoryOptions {
  /** Default 1. The same seed gives the same history. */
  readonly seed?: number
  /** In all environments together. Default 1000. */
  readonly deliveries?: number
  /** In the order that releases pass through them; the last one gets canaries, rollbacks and backups. Default: staging, production. */
  readonly environments?: readonly string[]
  /** When it is looked at (epoch ms). */
  readonly until?: number
  /** How far back it reaches. Default 365. */
  readonly days?: number
  /** Full documents of the newest so many. Default 200. */
  readonly details?: number
  /** The newest delivery of the last environment is on its way. Default true. */
  readonly inFlight?: boolean
  /** Texts that break careless pages, tables and feeds, here and there. Default false. */
  readonly hostile?: boolean
}

export interface MadeHistory {
  readonly histories: readonly EnvironmentHistory[]
  /** Newest first. */
  readonly documents: readonly DeliveryDocument[]
}

export function deliveryHistory(options?: HistoryOptions): MadeHistory
