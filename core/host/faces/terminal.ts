import type { Contract } from '../contract.js'
import { parseFlags, secretVariable } from '../flags.js'
import { helpText } from '../help.js'
import type { Secrets } from '../secrets.js'
import { maskedSummary } from '../summary/masking.js'
import { terminalSummary } from '../summary/terminal.js'
import type { Face, SecretFields } from './face.js'
import { jsonLog, wantsJson, type Correlation } from './json-log.js'
import { paints, terminalLog, type TerminalLog } from './terminal-log.js'

interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface Terminal {
  /** Of the bundle, as the user typed it. */
  readonly command: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** For the summary and the outputs. */
  readonly out: Output
  /** For what happens meanwhile. */
  readonly err: Output
}

const WIDTH = 80

/** The face in a terminal; `undefined` when all that was asked for was help. */
export function openTerminal(terminal: Terminal, contract: Contract, fields: SecretFields, secrets: Secrets, correlation: Correlation): Face | undefined {
  const { env, out, err } = terminal
  const secret = (input: string): boolean => fields[input]?.secret === true
  const flags = parseFlags(terminal.argv, contract, secret)
  const columns = widthOf(out)
  if (flags.help) {
    out.write(helpText(terminal.command, contract, secret, columns))
    return undefined
  }
  const coloured = (stream: Output): boolean => stream.isTTY === true && (env['NO_COLOR'] ?? '') === ''
  const { json } = wantsJson(env)
  const paint = paints(coloured(err) && !json)
  const moving = err.isTTY === true && env['TERM'] !== 'dumb'
  const debug = (env['ECLUSE_DEBUG'] ?? '') !== ''
  const log: TerminalLog = json
    ? { ...jsonLog((line) => void err.write(`${line}\n`), correlation, secrets, debug), end: () => undefined }
    : terminalLog({ write: (text) => err.write(text), moving, columns: widthOf(err), debug }, secrets, paint)
  const outputs: [string, string][] = []
  return {
    kind: 'terminal', log, problems: flags.problems,
    raw: rawInputs(fields, contract, flags, env),
    hide: (value) => void secrets.add(value),
    remember: () => undefined,
    complain(_title, { message, fix, code }) {
      log.error(message)
      if (fix !== undefined) log.info(fix)
      if (code !== undefined) log.info(paint.dim(`(${code})`))
    },
    output(name, value) {
      if (value !== '') outputs.push([name, secrets.mask(value)])
    },
    summary(summary) {
      log.end()
      const rows = outputs.map(([name, value]) => [name, value.length > 200 ? `${value.slice(0, 200)}…` : value])
      const parts = [...summary.parts, ...(rows.length === 0 ? [] : [{ kind: 'table' as const, title: 'Outputs', columns: ['', ''], rows }])]
      out.write(terminalSummary(maskedSummary({ ...summary, parts }, (text) => secrets.mask(text)), columns, paints(coloured(out))))
      return Promise.resolve()
    },
    end: () => log.end(),
  }
}

/** Some terminals do not know their width, and say 0. */
function widthOf({ columns = 0 }: Output): number {
  return columns > 0 ? columns : WIDTH
}

function rawInputs(fields: SecretFields, contract: Contract, flags: { given: Readonly<Record<string, string>> }, env: Readonly<Record<string, string>>): Record<string, string> {
  const valueOf = (input: string): string =>
    (fields[input]?.secret ? env[secretVariable(input)] : flags.given[input]) ?? contract.inputs[input]?.default ?? ''
  return Object.fromEntries(Object.keys(fields).map((input) => [input, valueOf(input).trim()]))
}

