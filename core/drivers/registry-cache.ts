import type { Ambient } from '../ports/ambient.js'
import type { Cache } from '../ports/cache.js'

const caches = {
  redis: async (url, ambient) => {
    const { redisCache } = await import('./caches/redis/index.js')
    return redisCache({ url }, ambient)
  },
} satisfies Record<'redis', (url: string, ambient: Ambient) => Promise<Cache>>

/** The cache at this address, which names the number of its database. */
export function openCache(url: string, ambient: Ambient): Promise<Cache> {
  return caches.redis(url, ambient)
}
