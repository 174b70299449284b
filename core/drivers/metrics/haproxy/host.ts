import { decodeState, edgeContainer, edgePlaces, type EdgeArmState, type EdgeState } from '../../../domain/edge-control/index.js'
import type { Arm } from '../../../domain/platform.js'
import type { ArmCounters, NoDataCause } from '../../../domain/sample.js'
import { messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import { memoryOfCounts, slowerThan } from './counts.js'

/** Why there is nothing to judge by. */
export interface Silence {
  readonly cause: NoDataCause
  /** Names the host. */
  readonly detail: string
  /** What the engine advises. */
  readonly thrown?: unknown
}

export interface HostCounters {
  /** What the edge says now, once it is known to be alive. */
  look(): Promise<EdgeState | Silence>
  /** The arm's counters in that state; they never fall. */
  counted(state: EdgeState, arm: Arm): ArmCounters | Silence
}

/** An edge that writes nothing for so long stands still: it writes several times a second. */
const STILL_AFTER_MS = 3000
const PAUSE_MS = 150
const ASK_MS = 10_000

/** One host's edge. It is remembered what it said before: one that is dead says the same for ever, one that lost its memory says less. */
export function hostCounters(given: { readonly scope: string; readonly slowerThanMs?: number }, engine: Engine, ambient: Ambient): HostCounters {
  const container = edgeContainer(given.scope)
  const counts = memoryOfCounts()
  let heard: { readonly at: number; readonly since: number } | undefined

  const read = (): Promise<EdgeState | Silence> => stateOf(container, engine)

  /** Whether it has written since it was last heard, or can't be expected to have. */
  const alive = (state: EdgeState): boolean => {
    const now = ambient.clock.now()
    const before = heard
    if (before?.at !== state.at) heard = { at: state.at, since: now }
    return before !== undefined && (before.at !== state.at || now - before.since < STILL_AFTER_MS)
  }

  const firstSign = async (): Promise<EdgeState | Silence> => {
    const begun = ambient.clock.now()
    for (;;) {
      const state = await read()
      if ('cause' in state) return state
      const before = heard?.at
      if (alive(state) && before !== state.at) return state
      if (ambient.signal.aborted || ambient.clock.now() - begun >= STILL_AFTER_MS) return silent(container, engine)
      await ambient.clock.sleep(PAUSE_MS, ambient.signal)
    }
  }

  return {
    look: async () => {
      // What is found first may be the last word of an edge that died long ago.
      if (heard === undefined) return firstSign()
      const state = await read()
      return 'cause' in state || alive(state) ? state : silent(container, engine)
    },
    counted: (state, arm) => {
      const found = state.arms.find((one) => one.arm === arm.name)
      if (found === undefined) return { cause: 'empty', detail: `no ${arm.name} instance is behind the edge of ${engine.name}` }
      const wrong = strangeness(found, arm, engine.name)
      if (wrong !== undefined) return wrong
      const now = counts.grown(found)
      if (now === undefined) return { cause: 'went-backwards', detail: `the edge of ${engine.name} has forgotten requests of its ${arm.name} instance \`${found.instance}\`` }
      return {
        identity: found.version, requests: now.requests, errors: now.errors,
        ...(given.slowerThanMs === undefined ? {} : { slow: slowerThan(now, given.slowerThanMs) }),
      }
    },
  }
}

async function stateOf(container: string, engine: Engine): Promise<EdgeState | Silence> {
  try {
    const text = await engine.read(container, edgePlaces.state)
    if (text === undefined) return { cause: 'unreachable', detail: `there is no edge \`${container}\` on ${engine.name}, or it has not begun to count` }
    return decodeState(text) ?? { cause: 'malformed', detail: `the counters of \`${container}\` on ${engine.name} can't be read: ${text.length} characters that are no state` }
  } catch (thrown) {
    return { cause: 'unreachable', detail: `${engine.name} can't be asked: ${messageOf(thrown)}`, thrown }
  }
}

/** It does not run, or it runs and writes nothing. */
async function silent(container: string, engine: Engine): Promise<Silence> {
  try {
    const { stdout } = await engine.run({ what: `look at \`${container}\``, argv: ['container', 'inspect', '--format', '{{.State.Status}}', container], timeoutMs: ASK_MS })
    const status = stdout.trim()
    if (status !== 'running') return { cause: 'unreachable', detail: `the edge \`${container}\` on ${engine.name} does not run, it is ${status}` }
    return { cause: 'stale', detail: `the edge \`${container}\` on ${engine.name} runs, and has not written its counters for ${STILL_AFTER_MS / 1000} s` }
  } catch (thrown) {
    return { cause: 'unreachable', detail: `${engine.name} can't be asked: ${messageOf(thrown)}`, thrown }
  }
}

/** A release launched twice is two instances of one version: both must fit. Who asks without an instance means whichever serves that version. */
function strangeness(found: EdgeArmState, { name, identity, labels: { instance = found.instance } }: Arm, host: string): Silence | undefined {
  if (found.version === identity && found.instance === instance) return undefined
  const meant = found.version === identity ? `instance \`${instance}\` of it` : identity
  return { cause: 'wrong-release', detail: `${name} on ${host} is release ${found.version} (instance \`${found.instance}\`), not ${meant}` }
}
