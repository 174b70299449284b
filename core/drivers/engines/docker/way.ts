import type { Ambient } from '../../../ports/ambient.js'
import type { EngineCall } from '../../../ports/engine.js'
import { ownSocket } from './direct.js'
import { explained, failure, lastLines, type Ended } from './explain.js'
import { leadingTo } from './environment.js'
import { neverArrived } from './repeating.js'
import { stands, type Line } from './ssh/dial.js'
import { whyNoAnswer } from './ssh/diagnosis.js'
import type { Host } from './ssh/refusals.js'
import { tunnelTo } from './ssh/tunnel.js'

/** A call that did not do what it was to do. */
export interface Failed {
  readonly error: unknown
  /** It can be given again, and may then do better. */
  readonly again: boolean
}

/** How one call reaches the engine. */
export interface Reach {
  readonly env: Readonly<Record<string, string>>
  /** `undefined` when its end is an answer. A call that is `harmless` does no more when it is done twice. */
  judge(call: EngineCall, ended: Ended, harmless: boolean): Promise<Failed | undefined>
}

export interface Way {
  readonly name: string
  /** What follows in messages, after what was done: on which host. */
  readonly where: string
  reach(): Promise<Reach>
  /** The engine's own, or one that leads to it; `undefined`: only `docker` finds its way. */
  socket(): Promise<string | undefined>
}

export function here(ambient: Ambient): Way {
  return {
    name: 'this machine',
    where: '',
    reach: async () => ({
      env: {},
      async judge(call, ended) {
        const error = explained(call, ended)
        return error === undefined ? undefined : { error, again: false }
      },
    }),
    socket: () => ownSocket(ambient),
  }
}

export function bySsh(host: Host, ambient: Ambient): Way {
  const tunnel = tunnelTo(host, ambient)
  const where = ` on \`${host.name}\``
  return {
    name: host.name,
    where,
    socket: async () => (await tunnel.open(ambient)).socket,
    async reach() {
      const line = await tunnel.open(ambient)
      return {
        env: leadingTo(line.socket),
        async judge(call, ended, harmless) {
          const lines = lastLines(ended)
          if (lines === undefined) return { error: explained(call, ended, where), again: false }
          if (await stands(line, ambient)) return judged(call, ended, line)
          tunnel.forget(line)
          return lost(call, lines, harmless, where)
        },
      }
    },
  }

  async function judged(call: EngineCall, ended: Ended, line: Line): Promise<Failed | undefined> {
    const error = explained(call, ended, where)
    if (error === undefined) return undefined
    const silent = error instanceof Error && 'code' in error && error.code === 'docker-unreachable'
    return { error: silent ? failure(call, await whyNoAnswer(host, line, ambient), { tail: lastLines(ended)! }, where) : error, again: false }
  }
}

function lost(call: EngineCall, tail: readonly string[], harmless: boolean, where: string): Failed {
  const observed = harmless ? 'the ssh connection was lost' : 'the ssh connection was lost, and nobody knows whether it was done'
  const fix = harmless ? 'Check the network between this machine and the host, and that the host is up.' : 'Start again: what was done before is seen first.'
  // What came from a source that was read can not be read again.
  const again = typeof call.stdin !== 'object' && (harmless || neverArrived(call.argv, tail))
  return { again, error: failure(call, { code: 'ssh-failed', observed, fix }, { tail }, where) }
}
