import { tagValue } from '../../../domain/cloud-metrics.js'
import type { Arms } from '../../../domain/platform.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { asked, type Series, type Silence } from './ask.js'
import type { DatadogGiven } from './index.js'
import { alike, isOf, LOOK_BACK_MS, questionsOf, releaseOf, STEP_S } from './questions.js'

const ATTEMPTS = 3
const PAUSE_MS = 1000

/** Before traffic moves: what Datadog has nothing of now it would have nothing of then. Rejects with `InputError` `metrics-unusable`. */
export async function checkBefore({ stable, candidate }: Arms, given: DatadogGiven, ambient: Ambient): Promise<void> {
  if (given.slowerThanMs !== undefined && given.latency === undefined) {
    throw unusable({ detail: 'no distribution of durations is named', fix: 'Name one with `latency`, or take `judge.latency` out.' })
  }
  const both = alike({ candidate, ...(stable === undefined ? {} : { stable }) }, given.tag)
  if (both !== undefined) throw unusable({ detail: both, fix: 'Deliver it under a version of its own, or name a `tag` that differs.' })
  const questions = questionsOf(given)
  const now = ambient.clock.now()
  const answer = await patiently(() => asked(given, questions.map(({ query }) => query), { from: now - LOOK_BACK_MS, to: now, seconds: STEP_S }, ambient), ambient)
  if ('cause' in answer) throw unusable(answer)
  // A first release has nothing beside it, and has itself not been asked for anything.
  if (stable === undefined) return
  const of = (part: string): readonly Series[] => answer.filter(({ query }) => questions[query]?.part === part)
  const { metric } = given.requests
  const value = tagValue(stable.identity)
  if (of('requests').length === 0) {
    throw unusable({ detail: `\`${metric}\` has no counts in the last ${LOOK_BACK_MS / 60_000} minutes`, fix: 'Correct `requests`, `select` or `site`; or let users reach what serves now first: nothing can be compared with what nobody asks.' })
  }
  if (!of('requests').some((series) => isOf(series, stable, given.tag))) {
    const there = [...new Set(of('requests').map((series) => releaseOf(series, given.tag) ?? 'none'))].slice(0, 8).join(', ')
    throw unusable({ detail: `\`${metric}\` has nothing of what serves now, ${given.tag}:${value}; there is ${given.tag}: ${there}`, fix: `Have the application send the release as the tag \`${given.tag}\` (DD_VERSION for \`version\`), or name another \`tag\`.` })
  }
  if (given.latency !== undefined && given.slowerThanMs !== undefined && !of('all').some((series) => isOf(series, stable, given.tag))) {
    throw unusable({ detail: `\`${given.latency.metric}\` has no durations that can be counted by a threshold`, fix: 'Name a metric of the type distribution, with percentiles and threshold queries switched on for it in Datadog.' })
  }
}

/** A delivery is not ended by what may be over in a second; where Datadog names a time, that is longer. */
async function patiently(ask: () => Promise<readonly Series[] | Silence>, ambient: Ambient): Promise<readonly Series[] | Silence> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask()
    const passing = 'cause' in answer && answer.cause === 'unreachable' && answer.fix === undefined && answer.until === undefined
    if (!passing || attempt === ATTEMPTS) return answer
    await ambient.clock.sleep(PAUSE_MS * attempt, ambient.signal)
    ambient.signal.throwIfAborted()
  }
}

function unusable({ detail, fix }: Pick<Silence, 'detail' | 'fix'>): InputError {
  return new InputError([{ code: 'metrics-unusable', message: `The counters can't be read: ${detail}.`, ...(fix === undefined ? {} : { fix }) }])
}
