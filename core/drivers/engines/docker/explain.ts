import { dockerFault, unanswered, type DockerFault } from '../../../domain/docker-faults.js'
import { ProcessError } from '../../../errors/families.js'
import type { EngineCall } from '../../../ports/engine.js'
import { hiding } from './redaction.js'

export interface Answer {
  readonly exitCode: number
  readonly stderr: string
}

/** How a command went. */
export type Ended = { readonly thrown: unknown } | { readonly finished: Answer }

/** The lines that `docker` ended with; `undefined` when it did not end by itself. */
export function lastLines(ended: Ended): readonly string[] | undefined {
  if ('finished' in ended) return ended.finished.stderr.split(/\r?\n/)
  const { thrown } = ended
  return thrown instanceof ProcessError && thrown.code === 'program-failed' ? thrown.tail : undefined
}

/** What is wrong, as an error; `undefined` when the exit code is an answer. `where` follows what was done. */
export function explained(call: EngineCall, ended: Ended, where = ''): unknown {
  const lines = lastLines(ended)
  if ('finished' in ended) {
    const fault = unanswered({ argv: call.argv, exitCode: ended.finished.exitCode, lines: lines! })
    return fault === undefined ? undefined : failure(call, fault, { exitCode: ended.finished.exitCode, tail: lines! }, where)
  }
  const { thrown } = ended
  if (!(thrown instanceof ProcessError)) return thrown
  if (thrown.code === 'program-missing') return failure(call, { code: 'docker-missing', observed: '`docker` is not installed here' }, thrown, where)
  if (lines === undefined) return redacted(call, thrown)
  const fault = dockerFault({ argv: call.argv, lines, ...(thrown.exitCode === undefined ? {} : { exitCode: thrown.exitCode }) })
  return fault === undefined ? redacted(call, thrown) : failure(call, fault, thrown, where)
}

interface Traces {
  readonly exitCode?: number | undefined
  readonly tail: readonly string[]
}

interface Observed extends Omit<DockerFault, 'code'> {
  readonly code: ProcessError['code']
}

export function failure(call: EngineCall, { code, observed, fix }: Observed, { exitCode, tail }: Traces, where = ''): ProcessError {
  const hide = hiding(call)
  return new ProcessError(code, {
    message: hide(`Could not ${call.what}${where}: ${observed}.`),
    argv: ['docker', ...call.argv].map(hide), tail: tail.map(hide),
    ...(fix === undefined ? {} : { fix }), ...(exitCode === undefined ? {} : { exitCode }),
  })
}

/** The same error without what the command was given as secret. The words in its message may be cut: they are taken from the lines again. */
function redacted(call: EngineCall, thrown: ProcessError): ProcessError {
  const hide = hiding(call)
  const tail = thrown.tail.map(hide)
  const quoted = thrown.message.indexOf(': "', thrown.message.indexOf('`docker`'))
  const said = tail.slice(-3).join(' | ')
  const message = quoted < 0 ? hide(thrown.message) : `${hide(thrown.message.slice(0, quoted))}: "${said.length > 240 ? `…${said.slice(-239)}` : said}".`
  return new ProcessError(thrown.code, {
    message, fix: thrown.fix, argv: thrown.argv.map(hide), tail, ...(thrown.exitCode === undefined ? {} : { exitCode: thrown.exitCode }),
  })
}
