import type { DeliveryRecord } from '../history.js'
import type { DeliveryRow } from './model.js'

/** Every delivery of all environments as one line, newest first. */
export function rowsOf(deliveries: readonly DeliveryRecord[]): readonly DeliveryRow[] {
  return newestFirst(deliveries).map(rowOf)
}

export function newestFirst(deliveries: readonly DeliveryRecord[]): readonly DeliveryRecord[] {
  return deliveries.toSorted((a, b) => b.begunAt - a.begunAt || (a.id < b.id ? 1 : -1))
}

function rowOf({ id, environment, begunAt, intent, result }: DeliveryRecord): DeliveryRow {
  const { kind, release, previous, run } = intent
  return {
    id,
    environment,
    kind,
    version: release.version,
    commit: release.commit,
    ...(previous === undefined ? {} : { from: previous.version }),
    by: run.actor,
    begunAt,
    ...(result === undefined ? {} : { endedAt: result.at, ok: result.ok, reason: result.reason }),
    run: run.id,
    runUrl: webAddress(run.url),
  }
}

/** What may stand behind a link; anything else is left out. */
export function webAddress(url: string): string {
  return /^https?:\/\/[^\s"<>\\]+$/.test(url) ? url : ''
}
