/** The OpenTelemetry collector's own receiver on loopback: what it accepts is what a real collector would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { unusedPort } from './ports.js'
import { spansIn, type OtlpReceiver } from './services/otlp.js'

export async function startCollector(program: string): Promise<OtlpReceiver> {
  const endpoint = `127.0.0.1:${await unusedPort()}`
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
