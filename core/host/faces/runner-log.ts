import type * as Toolkit from '@actions/core'
import type { Log, Place } from '../../ports/log.js'
import type { Secrets } from '../secrets.js'
import { jsonLog, type Correlation } from './json-log.js'
import { thinned } from './progress.js'

type Core = Pick<typeof Toolkit, 'info' | 'warning' | 'error' | 'debug' | 'startGroup' | 'endGroup'>

/** GitHub keeps ten annotations of a kind per step; the last place is kept for what ends the step. */
const MOST_ANNOTATIONS = 10
const LONGEST_ANNOTATION = 4000

export interface RunnerLog extends Log {
  annotate(title: string, text: string): void
  end(): void
}

/** What an annotation comes out as when GitHub keeps no more of its kind. */
type Overflow = (kind: 'warning' | 'error', text: string) => void

/** Steps are folding groups; warnings and errors are annotations as long as GitHub keeps them. */
export function runnerLog(core: Core, name: string, secrets: Secrets, hide: (value: string) => void, overflow?: Overflow): RunnerLog {
  let open = false
  const left = { warning: MOST_ANNOTATIONS, error: MOST_ANNOTATIONS }
  const line = (text: string): void => core.info(printable(secrets.mask(text), hide))
  const thin = thinned(line, () => performance.now())
  const annotate = (kind: 'warning' | 'error', title: string, text: string, at?: Place): void => {
    const shown = secrets.mask(text)
    if (left[kind] === 0) return (overflow ?? ((_, said) => line(`${kind}: ${said}`)))(kind, shown)
    left[kind] -= 1
    core[kind](shown.length > LONGEST_ANNOTATION ? `${shown.slice(0, LONGEST_ANNOTATION)}…` : shown, { title: secrets.mask(title), ...(at === undefined ? {} : { file: secrets.mask(at.file) }), ...(at?.line === undefined ? {} : { startLine: at.line }) })
  }
  const end = (): void => {
    if (open) core.endGroup()
    open = false
  }
  return {
    step(text) {
      end()
      thin.reset()
      core.startGroup(oneLine(secrets.mask(text)))
      open = true
    },
    info: line,
    progress: (text) => thin.progress(text),
    warn: (text) => annotate('warning', name, text),
    error: (text, at) => annotate('error', name, text, at),
    debug: (text) => core.debug(secrets.mask(text)),
    annotate(title, text) {
      end()
      annotate('error', title, text)
    },
    end,
  }
}

/** The same for programs: every line is JSON, and what GitHub shows as an annotation is one too. */
export function jsonRunnerLog(core: Core, name: string, secrets: Secrets, hide: (value: string) => void, correlation: Correlation, debug: boolean): RunnerLog {
  // The line that is JSON has said it already.
  const plain = runnerLog(core, name, secrets, hide, () => undefined)
  const json = jsonLog((line) => core.info(line), correlation, secrets, debug)
  return {
    ...json,
    info: (text) => json.info(printable(secrets.mask(text), hide)),
    warn(text) {
      json.warn(text)
      plain.warn(text)
    },
    error(text, at) {
      json.error(text, at)
      plain.error(text, at)
    },
    annotate(title, text) {
      json.error(text)
      plain.annotate(title, text)
    },
    end: () => plain.end(),
  }
}

/**
 * The runner takes lines that look like commands for commands, also those that a deployed program or a
 * user's script wrote. Only the request to hide a value is granted.
 */
function printable(text: string, hide: (value: string) => void): string {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const masked = /^\s*::add-mask::(?<value>.*)$/.exec(line)?.groups?.['value']
    if (masked !== undefined) {
      hide(masked.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%'))
      return []
    }
    return [line.replace(/^(?<space>\s*)::/, '$<space>\u200B::').replaceAll('##[', '#\u200B#[')]
  }).join('\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ')
}
