import type { DeliveryDocument } from '../delivery-document.js'
import type { EnvironmentHistory } from '../history.js'
import type { Objectives } from '../objectives.js'
import type { ReleaseNotes } from './model.js'

/** One environment as it was read. */
export interface EnvironmentSource {
  readonly history: EnvironmentHistory
  /** Its figures are those of production. */
  readonly production: boolean
  readonly objectives: Objectives
  /** A backup is configured. */
  readonly backup: boolean
  /** A release can run on a newer schema than its own. */
  readonly backwardCompatible: boolean
}

/** Everything that a dashboard is made of. */
export interface DashboardSources {
  readonly app: string
  readonly repository?: string
  readonly generatedAt: number
  /** Figures cover the newest so long. */
  readonly spanMs: number
  readonly environments: readonly EnvironmentSource[]
  /** Full records, by delivery id. */
  readonly documents: ReadonlyMap<string, DeliveryDocument>
  /** By delivery id. */
  readonly notes: ReadonlyMap<string, ReleaseNotes>
  /** When commits were made (epoch ms), as far as it is known. */
  readonly committedAt: ReadonlyMap<string, number>
  /** Deliveries with full detail. */
  readonly details: number
  readonly gaps: readonly string[]
}

/** A ledger that is read over a network leaves events of older deliveries out; a full record has them. */
export function completed(history: EnvironmentHistory, documents: ReadonlyMap<string, DeliveryDocument>): EnvironmentHistory {
  if (documents.size === 0) return history
  const deliveries = history.deliveries.map((record) => {
    const events = documents.get(record.id)?.delivery.events ?? []
    return events.length > record.events.length ? { ...record, events } : record
  })
  return { ...history, deliveries }
}
