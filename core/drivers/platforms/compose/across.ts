import type { Observed, PastRelease, RunningRelease } from '../../../domain/platform.js'
import { sameRelease, type Release } from '../../../domain/release.js'

/**
 * Several hosts as one platform: what is true of all of them. A release is stable where every host has it as stable; while
 * a promotion goes from host to host, the release that is older there is still the stable one, and the newer one the
 * candidate. The weight is the largest of any host: less would hide that users are served by the candidate.
 */
export function together(hosts: readonly Observed[]): Observed {
  const [first] = hosts
  if (first === undefined) return { weight: 0 }
  if (hosts.length === 1) return first
  const candidate = candidateOf(hosts)
  const stable = stableOf(hosts, candidate?.release)
  const unmanaged = hosts.flatMap((host) => host.unmanaged ?? [])
  const returns = hosts.flatMap(({ returnsAt }) => (returnsAt === undefined ? [] : [returnsAt]))
  return {
    ...(stable === undefined ? {} : { stable }),
    ...(candidate === undefined ? {} : { candidate }),
    weight: Math.max(...hosts.map((host) => (candidate !== undefined && isStable(host, candidate.release) ? 100 : host.weight))),
    ...(unmanaged.length === 0 ? {} : { unmanaged }),
    ...(returns.length === 0 ? {} : { returnsAt: Math.min(...returns) }),
  }
}

function isStable({ stable }: Observed, release: Release): boolean {
  return stable !== undefined && sameRelease(stable.release, release)
}

/** On trial on any host; healthy only where every host that has it, on trial or already as stable, says so. */
function candidateOf(hosts: readonly Observed[]): RunningRelease | undefined {
  const one = hosts.find(({ candidate }) => candidate !== undefined)?.candidate ?? halfPromoted(hosts)
  if (one === undefined) return undefined
  const found = hosts.map((host) => (isStable(host, one.release) ? host.stable : host.candidate))
  return { ...one, healthy: found.every((running) => running !== undefined && running.healthy && sameRelease(running.release, one.release)) }
}

/** No host has a candidate any more, and they do not agree on what is stable: a promotion or a return stopped on the way. */
function halfPromoted(hosts: readonly Observed[]): RunningRelease | undefined {
  const last = hosts.at(-1)?.stable
  return last === undefined ? hosts.find(({ stable }) => stable !== undefined)?.stable : hosts.find((host) => !isStable(host, last.release))?.stable
}

/** The stable release of those hosts that are not as far as the others; the last host is reached last. */
function stableOf(hosts: readonly Observed[], candidate: Release | undefined): RunningRelease | undefined {
  const others = hosts.flatMap(({ stable }) => (stable === undefined || (candidate !== undefined && sameRelease(stable.release, candidate)) ? [] : [stable]))
  const one = others.at(-1) ?? hosts.at(-1)?.stable
  if (one === undefined) return undefined
  return { ...one, healthy: hosts.every((host) => (isStable(host, one.release) ? host.stable?.healthy === true : candidate !== undefined && isStable(host, candidate))) }
}

/** What every host can bring back; newest first by the first host's time. */
export function everywhere(hosts: readonly (readonly PastRelease[])[]): readonly PastRelease[] {
  const [first = [], ...others] = hosts
  return first.filter(({ release }) => others.every((past) => past.some((one) => sameRelease(one.release, release))))
}
