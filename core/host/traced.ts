import path from 'node:path'
import { traceparent } from '../domain/traceparent.js'
import { messageOf } from '../errors/families.js'
import type { Http, HttpRequest } from '../ports/http.js'
import type { Log } from '../ports/log.js'
import type { Command, Processes } from '../ports/process.js'
import type { Attributes, Tracing } from '../ports/tracing.js'

/** What answers sooner, and well, is no place where minutes go. */
const WORTH_MS = 100

/** The same ports, told to a trace as they are used. Nothing in an address but its host is told: the rest may be secret. */
export function tracedHttp(http: Http, tracing: Tracing): Http {
  return {
    certificate: (url, timeoutMs) => http.certificate(url, timeoutMs),
    async request(request) {
      const startedAt = Date.now()
      const told = (failed: string | undefined, more: Attributes): void => {
        const endedAt = Date.now()
        if (failed !== undefined || endedAt - startedAt >= WORTH_MS) tracing.past(request.what, { startedAt, endedAt, attributes: { ...aboutRequest(request), ...more }, ...(failed === undefined ? {} : { failed }) })
      }
      try {
        const answer = await http.request(request)
        told(answer.status >= 500 ? `status ${answer.status}` : undefined, { 'http.response.status_code': answer.status })
        return answer
      } catch (fault) {
        told(messageOf(fault), {})
        throw fault
      }
    },
  }
}

function aboutRequest({ method, url, socketPath }: HttpRequest): Attributes {
  const server = socketPath ?? (URL.canParse(url) ? new URL(url).hostname : '')
  return { 'http.request.method': method, 'server.address': server }
}

export function tracedProcesses<P extends Processes>(processes: P, tracing: Tracing): P {
  const about = ({ argv: [program] }: Command): Attributes => ({ 'process.executable.name': path.basename(program) })
  return {
    ...processes,
    run: (command) => tracing.span(command.what, () => processes.run(command), about(command)),
    stream(command) {
      const streaming = processes.stream(command)
      // Whoever reads it gets the rejection.
      tracing.span(command.what, () => streaming.done.then(() => undefined), about(command)).catch(() => undefined)
      return streaming
    },
    script: (user) => tracing.span(user.what, async () => {
      const result = await processes.script({ ...user, env: { ...user.env, TRACEPARENT: traceparent(tracing.here()) } })
      const failed = result.timedOut ? 'it did not end in time' : result.exitCode === 0 ? undefined : `exit code ${result.exitCode ?? 'none'}`
      tracing.note(result.exitCode === undefined ? {} : { 'process.exit.code': result.exitCode }, failed)
      return result
    }),
  }
}

/** Headings of the log are the parts of the run. */
export function tracedLog(log: Log, tracing: Tracing): Log {
  return {
    ...log,
    step(text) {
      tracing.section(text)
      log.step(text)
    },
  }
}
