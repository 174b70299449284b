import type { Problem } from '../../errors/families.js'
import type { Place as Spot } from '../../domain/traceparent.js'
import type { Log, Place } from '../../ports/log.js'
import type { Secrets } from '../secrets.js'
import { thinned } from './progress.js'

/** What lines of one delivery have in common, wherever they were gathered. Grows as it is known. */
export interface Correlation {
  readonly action: string
  readonly run: string
  environment?: string
  delivery?: string
  /** Where we are in the trace, when there is one. */
  here?: () => Spot
}

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** `ECLUSE_LOG`: one JSON object a line, for programs. */
export function wantsJson(env: Readonly<Record<string, string>>): { readonly json: boolean; readonly problems: readonly Problem[] } {
  const written = env['ECLUSE_LOG'] ?? ''
  if (['', 'text', 'json'].includes(written)) return { json: written === 'json', problems: [] }
  return { json: false, problems: [{ code: 'input-invalid', message: `The environment variable \`ECLUSE_LOG\` is "${written.slice(0, 80)}".`, fix: 'Set it to `json` or `text`.' }] }
}

/** One line. No secret in it, and nothing that a runner would take for a command. */
export function jsonLine(correlation: Correlation, secrets: Secrets, level: Level, message: string, more: Readonly<Record<string, unknown>> = {}): string {
  const { action, run, environment, delivery, here } = correlation
  const spot = here?.()
  const masked = (name: string, value: string | undefined): Readonly<Record<string, string>> => (value === undefined || value === '' ? {} : { [name]: secrets.mask(value) })
  return JSON.stringify({
    time: new Date().toISOString(), level, message: secrets.mask(message), ...more, action, ...masked('run', run), ...masked('environment', environment), ...masked('delivery', delivery),
    ...(spot === undefined ? {} : { trace: spot.trace, span: spot.span }),
  }).replaceAll('##[', '#\\u200b#[')
}

/** `debug`: also what is for whoever looks for a fault of ours. */
export function jsonLog(write: (line: string) => void, correlation: Correlation, secrets: Secrets, debug: boolean): Log {
  const line = (level: Level, message: string, more?: Readonly<Record<string, unknown>>): void => write(jsonLine(correlation, secrets, level, message, more))
  const thin = thinned((text) => line('info', text), () => performance.now())
  return {
    step(text) {
      thin.reset()
      line('info', text, { heading: true })
    },
    info: (text) => line('info', text),
    progress: (text) => thin.progress(text),
    warn: (text) => line('warn', text),
    error: (text, at?: Place) => line('error', text, at === undefined ? {} : { ...at, file: secrets.mask(at.file) }),
    debug(text) {
      if (debug) line('debug', text)
    },
  }
}
