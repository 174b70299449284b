import { lastLive, type DeliveryRecord, type EnvironmentHistory } from './history.js'

/**
 * Receipts that a delivery still needs, by what they are needed for: those of deliveries in flight, of the one that brought what is
 * live, and of the one that brought what a rollback would go back to. `undefined`: the record does not say what is live, though it
 * knows of deliveries; then none can be missed.
 */
export function boundReceipts(history: EnvironmentHistory): ReadonlyMap<string, string> | undefined {
  const { deliveries } = history
  const now = lastLive(history)
  if (now === undefined && (history.cut === true || deliveries.some(({ result }) => result?.ok === true))) return undefined
  const live = now?.result?.live?.version
  // The last delivery may have failed and left what was live: the way back is that of the one that brought it.
  const brought = deliveries.findLast(({ intent: { release, previous } }) => release.version === live && previous !== undefined && previous.version !== live)
  const previous = (brought ?? now)?.intent.previous?.version
  const bound = new Map<string, string>()
  const bind = ({ intent: { receipt } }: DeliveryRecord, why: string): void => {
    if (receipt !== undefined && !bound.has(receipt)) bound.set(receipt, why)
  }
  for (const delivery of deliveries) if (delivery.result === undefined) bind(delivery, `taken for the delivery of ${delivery.intent.release.version}, which is not finished`)
  for (const delivery of deliveries) {
    const { version } = delivery.intent.release
    if (version === live) bind(delivery, `taken for ${version}, which is live`)
    else if (version === previous) bind(delivery, `taken for ${version}, which a rollback goes back to`)
  }
  return bound
}
