import { Agent, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Asking twice does the same as asking once, and there is no body that would be gone the second time. */
export function isRepeatable(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return REPEATABLE.has(request.method ?? '') && encoding === undefined && (length === undefined || length === '0')
}

/** A connection that is up, before the first byte of a body that can't be asked for again is taken from the client. */
export function dial(port: number): Promise<{ readonly socket: Socket } | { readonly fault: Error }> {
  return new Promise((resolve) => {
    const fail = (fault: Error): void => resolve({ fault })
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('connect', () => {
      socket.removeListener('error', fail)
      resolve({ socket })
    })
    socket.once('error', fail)
  })
}

/** For one request over a connection that is up already. */
export function agentOf(socket: Socket): Agent {
  const agent = new Agent({ keepAlive: false })
  agent.createConnection = () => socket
  return agent
}
