import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { INSTANCE_HEADER } from '../../domain/local-control/index.js'
import { newSplit } from './split.js'
import { stickyChoice } from './sticky.js'
import type { Upstream } from './upstream.js'

/** Who serves, and how much. Replaced as a whole, so that no request sees half a change. */
export interface Routes {
  readonly stable?: Upstream
  readonly candidate?: Upstream
  readonly weight: number
  readonly sticky: boolean
}

export interface Choice {
  readonly upstream: Upstream
  readonly cookie?: string
  /** The request named its instance: it looks at it before users do, so it is not counted and not answered by another. */
  readonly looking?: true
}

export interface Router {
  routes(): Routes
  set(change: Partial<Routes> | ((routes: Routes) => Routes)): void
  /** The arm for this request; waits a moment for a release that is just starting. */
  choose(request: IncomingMessage): Promise<Choice | undefined>
  /** The arm that can answer instead of one that could not: another one, or the same release once it was started again. */
  insteadOf(upstream: Upstream): Promise<Upstream | undefined>
}

/** How long a request waits when nothing serves but something is expected to. */
const WAIT_MS = 3000
const NOTICED_MS = 200

export function newRouter(random: () => number, expected: () => Promise<unknown> | undefined): Router {
  const split = newSplit(random)
  let routes: Routes = { weight: 0, sticky: false }
  const pick = (request: IncomingMessage): Choice | undefined => {
    const { stable, candidate, weight, sticky } = routes
    if (candidate === undefined || weight <= 0) return stable && { upstream: stable }
    if (stable === undefined || weight >= 100) return { upstream: candidate }
    if (!sticky) return { upstream: split.next(weight) ? candidate : stable }
    const choice = stickyChoice(request.headers.cookie, candidate.id, weight)
    return { upstream: choice.candidate ? candidate : stable, ...(choice.cookie === undefined ? {} : { cookie: choice.cookie }) }
  }
  return {
    routes: () => routes,
    set: (change) => {
      routes = typeof change === 'function' ? change(routes) : { ...routes, ...change }
    },
    choose: async (request) => {
      const named = request.headers[INSTANCE_HEADER]
      if (named !== undefined) {
        delete request.headers[INSTANCE_HEADER]
        const { stable, candidate } = routes
        const upstream = [candidate, stable].find((one) => one?.id === named)
        return upstream && { upstream, looking: true }
      }
      const now = pick(request)
      const coming = now === undefined ? expected() : undefined
      if (coming === undefined) return now
      await within(coming, WAIT_MS)
      return pick(request)
    },
    insteadOf: async (upstream) => {
      const other = (): Upstream | undefined => {
        const { stable, candidate, weight } = routes
        // Users meet a candidate only once it was let in.
        return (weight > 0 ? [stable, candidate] : [stable]).find((one) => one !== undefined && one !== upstream)
      }
      // A connection breaks a moment before the end of its process is known.
      for (let waited = 0; other() === undefined && routes.stable === upstream && waited < NOTICED_MS; waited += 10) await sleep(10)
      const coming = other() === undefined && routes.stable !== upstream ? expected() : undefined
      if (coming !== undefined) await within(coming, WAIT_MS)
      return other()
    },
  }
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}
