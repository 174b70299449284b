import { StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Cache } from '../../../ports/cache.js'
import { redisAddress, type RedisAddress } from './address.js'
import { redisFault } from './faults.js'

const CONNECT_MS = 5000
/** For connection and command together: a flush that does not wait for the memory to be freed takes no time. */
const FLUSH_MS = 30_000

/** One numbered database of a Redis. */
export function redisCache({ url }: { readonly url: string }, ambient: Ambient): Cache {
  const address = redisAddress(url)
  const { host, port, database, named, password } = address
  const secrets = password === undefined ? [] : [...new Set([password, encodeURIComponent(password)])]
  for (const secret of secrets) ambient.mask(secret)
  const place = `${host}:${port}, database ${database}`
  return {
    place,
    async flush() {
      if (!named) ambient.log.info(`The address of the cache names no database, so it is database 0 of ${host}:${port} that is emptied.`)
      try {
        return await flushed(address, ambient)
      } catch (thrown) {
        if (ambient.signal.aborted) throw new StateError('aborted', { message: `Stopped while emptying the cache ${place}: the run was cancelled.`, cause: thrown })
        throw redisFault(thrown, { place, secrets })
      }
    },
  }
}

async function flushed(address: RedisAddress, ambient: Ambient): Promise<{ readonly keys: number }> {
  const { createClient } = await import('redis')
  const { host, port, database, username, password, tls } = address
  const client = createClient({
    // One try: whoever calls says what it means when it fails.
    socket: { host, port, connectTimeout: CONNECT_MS, reconnectStrategy: false, ...(tls ? { tls: true as const } : {}) },
    database,
    // Without this it would tell the server its own name and version first, which some services refuse.
    disableClientInfo: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  })
  // Every fault is also an event, and one that nobody hears would end the process.
  client.on('error', () => undefined)
  const over = AbortSignal.any([ambient.signal, AbortSignal.timeout(FLUSH_MS)])
  try {
    return await until(over, (async () => {
      await client.connect()
      const keys = await client.dbSize()
      await client.flushDb('ASYNC')
      return { keys }
    })())
  } finally {
    if (client.isOpen) client.destroy()
  }
}

/** What is in flight when the time is over is ended by `destroy`, and nobody waits for it. */
async function until<T>(over: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = (): void => undefined
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(`no answer within ${FLUSH_MS / 1000} s`))
    over.addEventListener('abort', stop, { once: true })
    if (over.aborted) stop()
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    over.removeEventListener('abort', stop)
  }
}
