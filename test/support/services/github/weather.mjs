// What goes wrong on purpose: faults, and reads of an earlier state.
import { randomFrom } from './random.mjs'

export function createWeather(store, { now, seed }) {
  const faults = []
  const lags = []
  const random = randomFrom(seed)

  const switchOn = (list, match, what) => {
    const entry = { match: match ?? {}, seen: 0, used: 0, ...what }
    list.push(entry)
    return {
      get used() {
        return entry.used
      },
      stop: () => void list.splice(0, list.length, ...list.filter((other) => other !== entry)),
    }
  }
  const meets = (entry, call) => {
    if (!matches(entry.match, call)) return false
    entry.seen += 1
    const { nth, times } = entry.match
    if (nth === undefined ? entry.seen > (times ?? Number.POSITIVE_INFINITY) : entry.seen !== nth) return false
    entry.used += 1
    return true
  }

  return {
    inject: ({ match, fault }) => switchOn(faults, match, { fault }),
    lag: ({ match, ...lag }) => switchOn(lags, match, { serve: serving(lag, store, now, random) }),
    calm: () => {
      faults.length = 0
      lags.length = 0
    },
    /** Every entry counts what it sees, even when an earlier one has already answered. */
    faultFor: (call) => faults.filter((entry) => meets(entry, call)).at(0)?.fault,
    versionFor: (call) => {
      const met = lags.find((entry) => meets(entry, call))
      return met === undefined ? Number.POSITIVE_INFINITY : met.serve()
    },
  }
}

function matches({ method, route, when }, call) {
  if (method !== undefined && method !== call.method) return false
  if (typeof route === 'string' && route !== call.route && route !== `${call.method} ${call.route}`) return false
  if (route instanceof RegExp && !route.test(call.path)) return false
  return when === undefined || when(call)
}

function serving(lag, store, now, random) {
  if ('replicas' in lag) return replicas(lag, store, now, random)
  if ('ms' in lag) return () => store.versionAt(now() - lag.ms)
  if ('writes' in lag) return () => Math.max(0, store.version() - lag.writes)
  const frozen = store.version()
  let left = lag.reads
  return () => {
    left -= 1
    return left >= 0 ? frozen : Number.POSITIVE_INFINITY
  }
}

/** Each replica moves on by itself, never back; which one answers is chance. */
function replicas({ replicas: count, writes = Number.POSITIVE_INFINITY, ms }, store, now, random) {
  const positions = Array.from({ length: count }, () => store.version())
  return () => {
    const head = store.version()
    const oldest = Math.max(writes === Number.POSITIVE_INFINITY ? 0 : head - writes, ms === undefined ? 0 : store.versionAt(now() - ms))
    const chosen = Math.floor(random() * count)
    const low = Math.max(positions[chosen], oldest)
    positions[chosen] = low + Math.floor(random() * (head - low + 1))
    return positions[chosen]
  }
}
