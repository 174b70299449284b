import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import type { DashboardModel } from '../../../core/domain/dashboard/model.js'
import type { DashboardSources, EnvironmentSource } from '../../../core/domain/dashboard/sources.js'
import type { DeliveryEvent, DeliveryRecord, DeliveryResult, EnvironmentHistory } from '../../../core/domain/history.js'
import type { Release } from '../../../core/domain/release.js'
import { deliveryHistory, type HistoryOptions } from '../../support/deliveries.mjs'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** Saturday, 21 November 2026, 14:05 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 14, 5)

export function release(version: string): Release {
  return { app: 'shop', version, commit: `c-${version}`, serving: 'web', settings: {}, settingsHash: 'h', images: { web: `shop@sha256:${version.replaceAll(/[^0-9a-f]/g, '').padEnd(64, '0')}` } }
}

export interface Told {
  readonly id: string
  readonly kind?: DeliveryRecord['intent']['kind']
  readonly version: string
  readonly previous?: string
  readonly begunAt: number
  readonly requestedAt?: number
  readonly by?: string
  readonly events?: readonly DeliveryEvent[]
  readonly receipt?: string
  readonly end?: { readonly at: number; readonly ok: boolean; readonly reason: string; readonly live?: string; readonly bad?: string }
}

export function delivery(told: Told, environment = 'production'): DeliveryRecord {
  const { id, kind = 'promote', version, previous, begunAt, requestedAt = begunAt, by = 'ada', events = [], receipt, end } = told
  const result: DeliveryResult | undefined = end === undefined ? undefined : {
    at: end.at, ok: end.ok, reason: end.reason, message: `${id} ended.`,
    ...(end.live === undefined ? {} : { live: release(end.live) }), ...(end.bad === undefined ? {} : { bad: release(end.bad) }),
  }
  return {
    id, environment, begunAt, fence: 1, events,
    intent: {
      kind, release: release(version), plan: ['a step'], requestedAt,
      run: { id: `run-${id}`, attempt: 1, actor: by, workflow: 'deliver', job: 'production', url: `https://github.com/acme/shop/actions/runs/${id}`, host: 'h', pid: 1, started: '' },
      ...(previous === undefined ? {} : { previous: release(previous) }), ...(receipt === undefined ? {} : { receipt }),
    },
    ...(result === undefined ? {} : { result }),
  }
}

export function source(history: EnvironmentHistory, parts: Partial<EnvironmentSource> = {}): EnvironmentSource {
  return { history, production: history.environment === 'production', objectives: { rpoMs: DAY, rtoMs: 4 * HOUR }, backup: history.environment === 'production', backwardCompatible: true, ...parts }
}

export function modelOf(environments: readonly EnvironmentSource[], parts: Partial<DashboardSources> = {}): DashboardModel {
  return dashboardModel({
    app: 'shop', repository: 'https://github.com/acme/shop', generatedAt: NOW, spanMs: 90 * DAY, environments,
    documents: new Map(), notes: new Map(), committedAt: new Map(), details: 50, gaps: [], ...parts,
  })
}

/** The model of a made-up history. */
export function madeModel(options: HistoryOptions = {}, parts: Partial<DashboardSources> = {}): DashboardModel {
  const { histories, documents } = deliveryHistory({ until: NOW, ...options })
  return modelOf(histories.map((history) => source(history)), { documents: new Map(documents.map((document) => [document.delivery.id, document])), ...parts })
}
