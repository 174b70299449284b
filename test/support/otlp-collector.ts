/** The OpenTelemetry collector's own receiver on loopback: what it accepts is what a real collector would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { spansIn, type OtlpReceiver } from './services/otlp.js'

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

export async function startCollector(program: string): Promise<OtlpReceiver> {
  const endpoint = `127.0.0.1:${await freePort()}`
  const child = spawn(program, [endpoint], { stdio: ['ignore', 'pipe', 'pipe'] })
  const receiver: OtlpReceiver = {
    url: `http://${endpoint}`, spans: [], raw: [], headers: [], refused: [],
    async stop() {
      if (child.exitCode === null) child.kill()
      if (child.stdout.readable) await once(child, 'close')
    },
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    receiver.raw.push(line)
    receiver.spans.push(...spansIn(line))
  })
  const errors = createInterface({ input: child.stderr })
  for await (const line of errors) {
    if (line === 'ready') return receiver
    throw new Error(`the receiver did not start: ${line}`)
  }
  throw new Error('the receiver ended at once')
}
