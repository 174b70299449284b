import type { Arms } from '../../../domain/platform.js'
import type { NoData, Sample } from '../../../domain/sample.js'
import { InputError, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Metrics } from '../../../ports/metrics.js'
import { memoryOfCounts } from './memory.js'
import { reportIn, type Report, type Silence } from './report.js'

export interface CommandGiven {
  readonly environment: string
  readonly url: string
  /** As the user wrote it. */
  readonly script: string
  readonly timeoutMs: number
  readonly slowerThanMs?: number
  /** Counters that are older say nothing of now. */
  readonly staleMs: number
}

/** Counters that a program of the user's own prints as JSON. */
export function commandMetrics(given: CommandGiven, ambient: Ambient): Metrics {
  const counts = memoryOfCounts()
  let newest = 0

  const report = async (arms: Arms): Promise<Report | Silence> => {
    const answer = await printedBy(given, arms, ambient)
    if (typeof answer !== 'string') return answer
    return reportIn(answer, arms, { now: ambient.clock.now(), staleMs: given.staleMs, slow: given.slowerThanMs !== undefined })
  }

  return {
    name: 'command',
    read: async (arms): Promise<Sample | NoData> => {
      const began = ambient.clock.now()
      const none = ({ cause, detail }: Silence): NoData => ({ kind: 'no-data', at: began, cause, detail })
      const found = await report(arms)
      if ('cause' in found) return none(found)
      if (found.at < newest) return none({ cause: 'went-backwards', detail: `the command's counters are ${Math.round((newest - found.at) / 1000)} s older than those before` })
      newest = found.at
      // Both, also when one of them fell: each remembers what it has said.
      const candidate = counts.grown('candidate', found.candidate)
      const stable = found.stable && counts.grown('stable', found.stable)
      if (candidate === undefined) return none(fallen('candidate'))
      if (found.stable !== undefined && stable === undefined) return none(fallen('stable'))
      return { kind: 'sample', at: found.at, candidate, ...(stable === undefined ? {} : { stable }) }
    },
    preflight: async ({ stable }) => {
      // A first release has nothing beside it, and has itself not been asked for anything.
      if (stable === undefined) return
      const found = await report({ candidate: stable })
      if ('cause' in found) throw unusable(`What serves now can't be judged by \`judge.metrics.command\`: ${found.detail}.`)
    },
  }
}

function fallen(arm: string): Silence {
  return { cause: 'went-backwards', detail: `the command's counters of ${arm} are lower than before` }
}

async function printedBy({ script, environment, url, timeoutMs, slowerThanMs }: CommandGiven, { stable, candidate }: Arms, ambient: Ambient): Promise<string | Silence> {
  const of = (arm: typeof stable, name: string): Readonly<Record<string, string>> => (arm === undefined ? {} : { [`ECLUSE_${name}_IDENTITY`]: arm.identity, [`ECLUSE_${name}_LABELS`]: JSON.stringify(arm.labels) })
  const alone = candidate.name === 'stable'
  const env = {
    ECLUSE_ENVIRONMENT: environment, ECLUSE_URL: url,
    ...of(alone ? candidate : stable, 'STABLE'), ...of(alone ? undefined : candidate, 'CANDIDATE'),
    ...(slowerThanMs === undefined ? {} : { ECLUSE_SLOWER_THAN_MS: String(slowerThanMs) }),
  }
  try {
    const { exitCode, timedOut, answer = '', lastLines } = await ambient.process.script({ what: 'ask the command for counters', script, env, timeoutMs, answers: true })
    if (timedOut) return { cause: 'unreachable', detail: `the command did not end within ${timeoutMs / 1000} s` }
    if (exitCode === 0) return answer
    // To the log alone, which takes known secrets out; what is kept as evidence has no line of it.
    const [last] = lastLines.slice(-1)
    if (last !== undefined) ambient.log.warn(`The command for counters said last: ${last}`)
    return { cause: 'unreachable', detail: `the command ended with exit code ${exitCode ?? 'none (a signal ended it)'}` }
  } catch (thrown) {
    ambient.signal.throwIfAborted()
    return { cause: 'unreachable', detail: messageOf(thrown) }
  }
}

function unusable(message: string): InputError {
  return new InputError([{ code: 'metrics-unusable', message, fix: 'Run it by hand with `ECLUSE_STABLE_IDENTITY` set, and see what it prints.' }])
}
