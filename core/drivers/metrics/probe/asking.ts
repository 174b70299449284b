import type { IdentityRule } from '../../../domain/identity.js'
import type { Reach } from '../../../domain/platform.js'
import { messageOf, RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { seenIn, type Seen } from './answer.js'
import type { Tally, Unanswered } from './tally.js'

export interface Asked {
  readonly name: string
  readonly identity: string
  readonly reach: Reach
  readonly tally: Tally
}

export interface Pace {
  readonly path: string
  readonly rule: IdentityRule
  /** To each arm. */
  readonly perSecond: number
  readonly timeoutMs: number
  /** It ends by itself when nobody has wanted to know for so long. */
  readonly idleMs: number
}

/** However slow an arm is, no more of our requests wait for it at a time. */
const MOST_IN_FLIGHT = 10

/** Asks every arm at the same moments and at an even pace, from `go` on for as long as somebody wants to know. */
export function newAsking(arms: readonly Asked[], pace: Pace, ambient: Ambient): { go(): void; stop(): void } {
  const end = new AbortController()
  const signal = AbortSignal.any([ambient.signal, end.signal])
  const inFlight = new Map<string, number>()
  let wantedUntil = 0
  let running = false

  const ask = async (arm: Asked): Promise<void> => {
    const already = inFlight.get(arm.name) ?? 0
    if (already >= MOST_IN_FLIGHT) return
    inFlight.set(arm.name, already + 1)
    const seen = await askOnce(arm, pace, ambient)
    inFlight.set(arm.name, (inFlight.get(arm.name) ?? 1) - 1)
    if (seen !== undefined) arm.tally.add(seen)
  }

  const run = async (): Promise<void> => {
    let due = ambient.clock.now()
    while (!signal.aborted && ambient.clock.now() < wantedUntil) {
      for (const arm of arms) void ask(arm)
      // What was missed is not made up for: that would be a burst.
      due = Math.max(due + 1000 / pace.perSecond, ambient.clock.now())
      await ambient.clock.sleep(due - ambient.clock.now(), signal)
    }
    running = false
  }

  return {
    go: () => {
      wantedUntil = ambient.clock.now() + pace.idleMs
      if (running || signal.aborted) return
      running = true
      void run()
    },
    stop: () => end.abort(),
  }
}

/** One request of ours; `undefined` when the run was cancelled meanwhile. */
export async function askOnce({ name, identity, reach }: Pick<Asked, 'name' | 'identity' | 'reach'>, { path, rule, timeoutMs }: Pace, ambient: Ambient): Promise<Seen | Unanswered | undefined> {
  const began = ambient.clock.now()
  try {
    const answer = await ambient.http.request({ what: `ask ${name}`, method: 'GET', url: `${reach.url.replace(/\/+$/, '')}${path}`, headers: reach.headers, timeoutMs })
    return seenIn(answer, rule, identity)
  } catch (thrown) {
    if (thrown instanceof RemoteError && thrown.code === 'aborted') return undefined
    return { kind: 'unanswered', why: messageOf(thrown).replace(/\.$/, ''), elapsedMs: ambient.clock.now() - began }
  }
}
