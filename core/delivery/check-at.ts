import type { Ambient } from '../ports/ambient.js'
import { runChecks, type CheckReport } from './checks.js'
import type { DeliveryRequest } from './request.js'

/** Runs the environment's checks against one address, for as long as a release may take to become healthy; `undefined` when it has none. */
export async function checkAt(
  request: DeliveryRequest,
  at: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
  ambient: Ambient,
): Promise<CheckReport | undefined> {
  const { checks, identity, degraded, rollout } = request.environment
  if (checks.length === 0) return undefined
  return runChecks({
    url: at.url,
    headers: at.headers,
    checks,
    ...(identity === undefined ? {} : { identity, version: request.release.version }),
    withinMs: rollout.healthyWithinMs,
    retryEveryMs: 1000,
    concurrency: 4,
    degraded,
    signal,
  }, ambient)
}
