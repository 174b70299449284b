/** A way in that can be closed: to a server that is well, while those who ask find it otherwise. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** `silent`: takes what it is sent and never answers. `refusing`: ends each connection. A text: answers with it, whatever was asked. */
export type Weather = 'fair' | 'silent' | 'refusing' | { readonly says: string }

export interface Gate {
  readonly port: number
  weather: Weather
  /** How many came since it was asked last. */
  came(): number
  close(): Promise<void>
}

export const busy: Weather = { says: 'HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n' }
export const broken: Weather = { says: 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n' }

/** `to`: host and port, or the path of a socket. */
export async function startGate(...to: readonly [host: string, port: number] | readonly [path: string]): Promise<Gate> {
  const [place, port] = to
  const sockets = new Set<Socket>()
  const state = { weather: 'fair' as Weather, came: 0 }
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  }
  const server = createServer((caller) => {
    state.came += 1
    keep(caller)
    const { weather } = state
    if (weather === 'refusing') caller.destroy()
    else if (weather === 'silent') caller.resume()
    else if (weather !== 'fair') caller.once('data', () => caller.end(weather.says))
    else {
      const beyond = keep(port === undefined ? connect(place) : connect(port, place))
      caller.pipe(beyond).pipe(caller)
      caller.once('close', () => beyond.destroy())
      beyond.once('close', () => caller.destroy())
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get weather() {
      return state.weather
    },
    set weather(weather) {
      state.weather = weather
      // Who has a connection already finds it cut, but for the fair.
      if (weather !== 'fair') for (const socket of sockets) socket.destroy()
    },
    came() {
      const { came } = state
      state.came = 0
      return came
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
