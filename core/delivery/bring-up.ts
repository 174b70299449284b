import type { Launched } from '../domain/platform.js'
import { StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import { unlessAborted } from './abort.js'
import { waitForVersion } from './identity.js'
import type { DeliveryRequest } from './request.js'
import type { Delivery, Grounds } from './work.js'

export type BroughtUp =
  | { readonly ok: true; readonly launched: Launched }
  | { readonly ok: false; readonly reason: 'unhealthy' | 'wrong-version'; readonly message: string }

/** Starts the release beside stable at weight 0 and waits until it is healthy and says who it is. */
export async function bringUp(delivery: Delivery, request: DeliveryRequest, { platform }: Grounds, ambient: Ambient): Promise<BroughtUp> {
  const { rollout, identity } = request.environment
  const plan = { strategy: rollout.strategy, weights: rollout.weights, healthyWithinMs: rollout.healthyWithinMs }
  const { signal } = delivery.hold
  let launched: Launched
  try {
    // Coming up may take long, and whoever takes over must not wait for it: `abandon` takes back what is half launched.
    launched = await delivery.doing('launch', () => unlessAborted(platform.launch(request.release, plan), signal), { detail: request.release.version })
  } catch (fault) {
    if (fault instanceof StateError && fault.code === 'candidate-unhealthy') return { ok: false, reason: 'unhealthy', message: fault.message }
    throw fault
  }
  if (launched.reach === undefined || identity === undefined) return { ok: true, launched }
  const { url, headers } = launched.reach
  const seen = await waitForVersion({ url, rule: identity, headers, version: request.release.version, withinMs: rollout.healthyWithinMs, signal }, ambient)
  if (!seen.ok) return { ok: false, reason: 'wrong-version', message: `The candidate should name itself ${request.release.version}; ${seen.seen}.` }
  await delivery.observed(`candidate identified as ${request.release.version} at weight 0`)
  return { ok: true, launched }
}

/** Whether users are served by this release: asked through the environment's own address. */
export async function identified(request: DeliveryRequest, signal: AbortSignal, ambient: Ambient): Promise<{ readonly ok: boolean; readonly seen: string }> {
  const { identity, rollout } = request.environment
  if (identity === undefined) return { ok: false, seen: `no \`identity\` is set for \`${request.environment.name}\`, so nothing tells which version answers` }
  const seen = await waitForVersion({ url: request.url, rule: identity, headers: {}, version: request.release.version, withinMs: rollout.healthyWithinMs, signal }, ambient)
  return { ok: seen.ok, seen: seen.ok ? `${request.url} answers as ${request.release.version}` : seen.seen }
}
