import { lastForward, type EnvironmentHistory } from './history.js'
import { sameRelease, type Release } from './release.js'

export type Refusal = {
  readonly reason: 'superseded' | 'marked-bad'
  readonly message: string
}

/** Whether a delivery may go forward by what the record says; a reason given with `force` overrules it. */
export function refusal(
  history: EnvironmentHistory,
  delivery: { readonly release: Release; readonly requestedAt: number; readonly force?: string },
): Refusal | undefined {
  if (delivery.force !== undefined) return undefined
  const newer = lastForward(history)
  if (newer !== undefined && newer.intent.requestedAt > delivery.requestedAt && !sameRelease(newer.intent.release, delivery.release)) {
    return {
      reason: 'superseded',
      message: `Release ${newer.intent.release.version} was asked for after this one (${time(newer.intent.requestedAt)} against ${time(delivery.requestedAt)}) and has gone live. Deliver a newer release, or give \`force\` with a reason.`,
    }
  }
  const against = history.deliveries.findLast(({ intent, result }) => decides(intent.release, result?.bad, result?.ok === true, delivery.release))
  if (against?.result?.bad !== undefined && sameRelease(against.result.bad, delivery.release)) {
    return {
      reason: 'marked-bad',
      message: `Release ${delivery.release.version} is marked bad since ${time(against.result.at)}: ${against.result.reason} in delivery ${against.id}. Deliver a corrected release, or give \`force\` with a reason.`,
    }
  }
  return undefined
}

/** The newest delivery that says something about a release: spoke against it, or brought it live well. */
function decides(delivered: Release, bad: Release | undefined, ok: boolean, release: Release): boolean {
  return (bad !== undefined && sameRelease(bad, release)) || (ok && sameRelease(delivered, release))
}

function time(at: number): string {
  return new Date(at).toISOString()
}
