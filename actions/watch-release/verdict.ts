import { readableDuration } from '../../core/domain/duration.js'
import { requestsToDecide } from '../../core/domain/judge/index.js'
import { spoken } from './poll.js'
import type { Reason } from './outcome.js'
import type { Session } from './session.js'

/** A source that was silent for longer than this says nothing of the end of a window. */
const FRESH_MS = 60_000

export interface Ended {
  readonly reason: Extract<Reason, 'watched' | 'watched-unsuspected' | 'undecided' | 'no-data'>
  readonly message: string
}

/** What is to be said of a release when its window is over and nothing was found against it. */
export function atTheEnd(session: Session, now: number): Ended {
  const { request: { environment, policy }, watch, vigil, verdict, lookout, silence, sampledAt, sourceEveryMs = 0 } = session
  const { version } = watch.release
  const span = readableDuration(policy.forMs)
  const freshMs = Math.max(FRESH_MS, 3 * policy.everyMs)
  // Somebody wanted each of them to be asked: what one would have said is not known to be good.
  const silent = lookout.silent(freshMs)
  if (silent.length > 0) return { reason: 'no-data', message: `At the end of ${span}, nothing is known of ${version} by ${silent.map(({ name, detail }) => `\`${name}\`: ${detail}`).join('; ')}.` }
  if (vigil === undefined) return { reason: 'watched', message: `No trigger spoke against ${version} in ${span}.` }
  const silentMs = now - sampledAt
  if (silentMs > Math.max(freshMs, 3 * sourceEveryMs)) {
    const since = sampledAt === 0 ? `in all of ${span}` : `for the last ${readableDuration(silentMs)} of ${span}`
    return { reason: 'no-data', message: `There were no samples of ${version} ${since}${silence === undefined ? '' : `: ${silence.cause}, ${silence.detail}`}.` }
  }
  const empty = verdict?.checks.find(({ totals }) => totals.candidate.requests === 0)
  if (verdict === undefined || empty !== undefined) return { reason: 'no-data', message: `No requests of ${version} were counted in ${span}${empty === undefined ? '' : ` for \`${empty.name}\``}, so nothing could be judged.` }
  if (verdict.decision === 'PASS') return { reason: 'watched', message: `${version} served ${span} and passed: ${spoken(session)}.` }
  const told = `${spoken(session)}. ${needed(session)}`
  if (verdict.lean === 'ok' && environment.rollout.onUndecided === 'promote-if-unsuspected') return { reason: 'watched-unsuspected', message: `After ${span} the judge had neither passed nor suspected ${version}: ${told}` }
  return { reason: 'undecided', message: `After ${span} the judge had not decided on ${version}, ${verdict.lean === 'ok' ? 'not suspecting it' : 'suspecting it'}: ${told}` }
}

function needed({ against, before }: Session): string {
  const each = against.checks.map(({ name, pass }) => {
    const past = before[name]
    const rate = past === undefined || past.requests === 0 ? 0 : past.bad / past.requests
    const found = requestsToDecide({ stableRate: 0, candidateRate: rate, tolerance: { r: 0, d: pass.absolute }, exposure: 1, verdict: 'pass', level: against.beta })
    return `${name} ${found === undefined ? 'no amount' : Math.ceil(found)}`
  })
  return `A pass would need about so many requests: ${each.join(', ')}.`
}
