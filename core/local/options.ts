import type { ServerOptions } from '../domain/local-control/index.js'
import { InputError } from '../errors/families.js'

export interface ServerArguments {
  readonly state: string
  readonly environment: string
  readonly options: ServerOptions
}

const NAMES = ['state', 'environment', 'port', 'sticky', 'drain-ms', 'keep', 'health-path', 'metrics-port'] as const
type Name = (typeof NAMES)[number]

/** `--state <folder> --environment <name> --port <n>`, and optionally how it serves. */
export function parseArguments(argv: readonly string[]): ServerArguments {
  const given: Partial<Record<Name, string>> = {}
  for (let at = 0; at < argv.length; at += 2) {
    const name = NAMES.find((known) => `--${known}` === argv[at])
    const value = argv[at + 1]
    if (name === undefined || value === undefined) throw wrong('input-unknown', `\`${argv[at]}\` is not one of ${NAMES.map((known) => `--${known}`).join(', ')} with a value.`)
    given[name] = value
  }
  return {
    state: required(given, 'state'),
    environment: required(given, 'environment'),
    options: {
      port: whole('port', required(given, 'port'), 65_535),
      sticky: (given.sticky ?? 'false') === 'true',
      drainMs: whole('drain-ms', given['drain-ms'] ?? '10000', 86_400_000),
      keep: whole('keep', given.keep ?? '5', 1000),
      healthPath: given['health-path'] ?? '/',
      ...(given['metrics-port'] === undefined ? {} : { metricsPort: whole('metrics-port', given['metrics-port'], 65_535) }),
    },
  }
}

function required(given: Partial<Record<Name, string>>, name: Name): string {
  const value = given[name]
  if (value === undefined || value === '') throw wrong('input-missing', `\`--${name}\` is missing.`)
  return value
}

function whole(name: Name, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= most)) throw wrong('input-invalid', `\`--${name}\` is "${text}". Set it to a whole number up to ${most}.`)
  return value
}

function wrong(code: 'input-missing' | 'input-invalid' | 'input-unknown', message: string): InputError {
  return new InputError([{ code, message }])
}
