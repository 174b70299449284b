import type { Ambient } from '../ports/ambient.js'
import { runChecks, type CheckReport } from './checks.js'
import type { DeliveryRequest } from './request.js'

/** All checks of an environment together get so long when they are a gate of a delivery. */
export const GATE_WITHIN_MS = 120_000

/** Runs the environment's checks against one address; `undefined` when it has none. */
export async function checkAt(
  request: DeliveryRequest,
  at: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
  ambient: Ambient,
): Promise<CheckReport | undefined> {
  const { checks, identity, degraded } = request.environment
  if (checks.length === 0) return undefined
  return runChecks({
    url: at.url,
    headers: at.headers,
    checks,
    ...(identity === undefined ? {} : { identity, version: request.release.version }),
    withinMs: GATE_WITHIN_MS,
    retryEveryMs: 1000,
    concurrency: 4,
    degraded,
    signal,
  }, ambient)
}
