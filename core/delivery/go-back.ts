import type { Observed } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import { sameRelease } from '../domain/release.js'
import { messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Platform } from '../ports/platform.js'

/** What was seen after going back; `back` only when it was observed. */
export interface WentBack {
  readonly back: boolean
  readonly live?: Release
  readonly seen: string
  readonly tookMs: number
}

/**
 * Gives stable all traffic and lets the candidate go. Never throws: a fault is an answer, so that whoever goes back
 * can say what is and record it.
 */
export async function goBack(platform: Platform, ambient: Ambient): Promise<WentBack> {
  const start = ambient.clock.now()
  const tell = (back: boolean, seen: string, observed?: Observed): WentBack => ({
    back,
    ...(observed?.stable === undefined ? {} : { live: observed.stable.release }),
    seen,
    tookMs: ambient.clock.now() - start,
  })
  try {
    await platform.abandon()
    const observed = await platform.observe()
    if (observed.candidate !== undefined || observed.weight !== 0) {
      return tell(false, `a candidate still has ${observed.weight} % of the traffic`, observed)
    }
    if (observed.stable === undefined) return tell(true, 'the candidate is gone; nothing served before it', observed)
    return tell(observed.stable.healthy, `${observed.stable.release.version} serves 100 %${observed.stable.healthy ? '' : ', but is not healthy'}`, observed)
  } catch (fault) {
    return tell(false, messageOf(fault))
  }
}

/** Takes a promotion back, wherever it stopped: the release that served before has 100 % again. */
export async function goBackTo(previous: Release, platform: Platform, ambient: Ambient): Promise<WentBack> {
  const start = ambient.clock.now()
  try {
    const before = await platform.observe()
    if (before.candidate !== undefined || before.weight !== 0) await platform.abandon()
    if (before.stable === undefined || !sameRelease(before.stable.release, previous)) {
      const kept = (await platform.releases()).find((past) => sameRelease(past.release, previous))
      if (kept !== undefined) await platform.restore(kept)
    }
    const observed = await platform.observe()
    const live = observed.stable?.release
    const back = live !== undefined && sameRelease(live, previous) && observed.weight === 0
    const seen = live === undefined ? 'nothing serves' : `${live.version} serves ${100 - observed.weight} %`
    return { back, ...(live === undefined ? {} : { live }), seen, tookMs: ambient.clock.now() - start }
  } catch (fault) {
    return { back: false, seen: messageOf(fault), tookMs: ambient.clock.now() - start }
  }
}
