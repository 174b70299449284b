// The allowance of each token, hour by hour.
const HOUR = 3_600_000

export function createLimits(now, limit) {
  const windows = new Map()
  const current = (token) => {
    const known = windows.get(token)
    if (known !== undefined && now() < known.resetAt) return known
    const fresh = { used: 0, limit, resetAt: now() + HOUR }
    windows.set(token, fresh)
    return fresh
  }
  return {
    usedUp: (token) => current(token).used >= current(token).limit,
    count: (token) => void (current(token).used += 1),
    setRemaining: (token, remaining) => {
      const window = current(token)
      window.used = window.limit - remaining
    },
    facts: (token) => {
      const { used, limit: most, resetAt } = current(token)
      return { limit: most, used, remaining: Math.max(0, most - used), reset: Math.ceil(resetAt / 1000) }
    },
    headers(token) {
      const facts = this.facts(token)
      return { ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [`x-ratelimit-${name}`, String(value)])), 'x-ratelimit-resource': 'core' }
    },
  }
}
