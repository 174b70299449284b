import type { Observed } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import { sameRelease } from '../domain/release.js'
import { messageOf, RemoteError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Platform } from '../ports/platform.js'

const ATTEMPTS = 3
const PAUSE_MS = 300

/** What was seen after going back; `back` only when it was observed. */
export interface WentBack {
  readonly back: boolean
  /** One release serves all and none is on trial, be it healthy and the right one or not. */
  readonly settled: boolean
  readonly live?: Release
  readonly seen: string
  readonly tookMs: number
}

/** What must not be so for having gone back; `undefined` when all is well. */
type Complaint = (live: Release | undefined) => string | undefined

/**
 * Gives stable all traffic and lets the candidate go. `unwanted` was promoted already with nothing before it: then there
 * is nothing to go back to. Never throws: a fault is an answer, so that whoever goes back can say what is and record it.
 */
export function goBack(platform: Platform, ambient: Ambient, unwanted?: Release): Promise<WentBack> {
  const complaint: Complaint = (live) =>
    live !== undefined && unwanted !== undefined && sameRelease(live, unwanted) ? 'and nothing served before it' : undefined
  return wentBack(platform, ambient, () => platform.abandon(), complaint)
}

/** Takes a promotion back, wherever it stopped: the release that served before has 100 % again. */
export function goBackTo(previous: Release, platform: Platform, ambient: Ambient): Promise<WentBack> {
  const act = async (): Promise<void> => {
    const before = await platform.observe()
    if (before.candidate !== undefined || before.weight !== 0) await platform.abandon()
    if (before.stable !== undefined && sameRelease(before.stable.release, previous)) return
    const kept = (await platform.releases()).find((past) => sameRelease(past.release, previous))
    if (kept !== undefined) await platform.restore(kept)
  }
  const complaint: Complaint = (live) =>
    live !== undefined && sameRelease(live, previous) ? undefined : `and ${previous.version} is not kept any more`
  return wentBack(platform, ambient, act, complaint)
}

/** Another run owns the platform now and has gone back: only a candidate of our own that came late is taken along. */
export async function leaveToOthers(own: Release, platform: Platform, ambient: Ambient): Promise<WentBack> {
  const start = ambient.clock.now()
  const ours = ({ candidate }: Observed): boolean => candidate !== undefined && sameRelease(candidate.release, own)
  try {
    if (ours(await platform.observe())) await platform.abandon()
    const observed = await platform.observe()
    return { ...described(observed, () => undefined), back: !ours(observed), tookMs: ambient.clock.now() - start }
  } catch (fault) {
    return { back: false, settled: false, seen: messageOf(fault), tookMs: ambient.clock.now() - start }
  }
}

/** Every verb may be called again, and a platform that could not be asked once may well be the next moment. */
async function wentBack(platform: Platform, ambient: Ambient, act: () => Promise<void>, complaint: Complaint): Promise<WentBack> {
  const start = ambient.clock.now()
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      await act()
      return { ...described(await platform.observe(), complaint), tookMs: ambient.clock.now() - start }
    } catch (fault) {
      const hopeless = !(fault instanceof RemoteError) || fault.code === 'aborted'
      if (left === 0 || hopeless) return { back: false, settled: false, seen: messageOf(fault), tookMs: ambient.clock.now() - start }
      ambient.log.warn(`Going back is tried again: ${messageOf(fault)}`)
      await ambient.clock.sleep(PAUSE_MS)
    }
  }
}

function described({ stable, candidate, weight }: Observed, complaint: Complaint): Omit<WentBack, 'tookMs'> {
  const live = stable === undefined ? {} : { live: stable.release }
  if (candidate !== undefined || weight !== 0) {
    return { back: false, settled: false, ...live, seen: `a candidate still has ${weight} % of the traffic` }
  }
  const wrong = complaint(stable?.release)
  if (stable === undefined) return { back: wrong === undefined, settled: true, seen: 'no release is on trial and nothing serves' }
  const but = wrong ?? (stable.healthy ? undefined : 'but is not healthy')
  return { back: but === undefined, settled: true, ...live, seen: [`${stable.release.version} serves 100 %`, ...(but === undefined ? [] : [but])].join(', ') }
}
