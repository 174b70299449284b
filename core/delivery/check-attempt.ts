import type { HttpCheck } from '../domain/check.js'
import { certificateFindings, evaluate, worst, type Evaluated } from '../domain/check-evaluation.js'
import { RemoteError, messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import { addressOf, headersFor } from './address.js'
import { hidden } from './hidden.js'

const ANSWER_WITHIN_MS = 10_000

export interface Attempt extends Evaluated {
  readonly elapsedMs: number
  /** No answer came in time, so nothing at all was observed. */
  readonly silent: boolean
  /** No answer came at all, in time or not. */
  readonly unanswered: boolean
  readonly timeoutMs: number
}

interface Place {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly withinMs: number
  /** Texts that no finding may show. */
  readonly hide?: readonly string[]
}

/** Tries a check once. No answer is an observation; rejects only when the run is cancelled or the address is none. */
export async function attemptCheck(check: HttpCheck, { url, headers, withinMs, hide }: Place, ambient: Ambient): Promise<Attempt> {
  const address = addressOf(url, check.path)
  const start = ambient.clock.now()
  // A slow answer says more than none: a check with a budget is given some time beyond it.
  const patience = check.expect.withinMs === undefined ? ANSWER_WITHIN_MS : Math.max(ANSWER_WITHIN_MS, 2 * check.expect.withinMs)
  const timeoutMs = Math.max(1, Math.min(patience, withinMs))
  const asked = ambient.http.request({
    what: `check \`${check.name}\``, method: check.method, url: address, timeoutMs, headers: { ...headersFor(address, url, headers), ...check.headers },
    ...(check.body === undefined ? {} : { body: check.body }),
  })
  let silent = false
  let unreached = false
  let elapsedMs: number | undefined
  const answered = asked.then(
    (answer): Evaluated => {
      elapsedMs = answer.elapsedMs
      return evaluate(answer, check.expect)
    },
    (fault: unknown) => {
      unreached = true
      silent = fault instanceof RemoteError && fault.code === 'network-timeout'
      return unanswered(fault)
    },
  )
  const { state, findings } = worst(await Promise.all([answered, certified(check, address, timeoutMs, ambient)]))
  return { state, findings: findings.map((finding) => hidden(finding, hide)), silent, unanswered: unreached, timeoutMs, elapsedMs: elapsedMs ?? ambient.clock.now() - start }
}

async function certified({ expect }: HttpCheck, address: string, timeoutMs: number, ambient: Ambient): Promise<Evaluated> {
  if (expect.tlsDays === undefined) return { state: 'passed', findings: [] }
  if (!/^https:/i.test(address)) return { state: 'failed', findings: ['no certificate: the address is not https'] }
  try {
    const findings = certificateFindings(await ambient.http.certificate(address, timeoutMs), expect.tlsDays, ambient.clock.now())
    return { state: findings.length === 0 ? 'passed' : 'failed', findings }
  } catch (fault) {
    return unanswered(fault)
  }
}

/** A cancel is no finding, and an address that can't be one is the user's to correct. */
function unanswered(fault: unknown): Evaluated {
  if (!(fault instanceof RemoteError) || fault.code === 'aborted') throw fault
  return { state: 'failed', findings: [messageOf(fault).replace(/^Could not .*? gave no answer: /s, 'no answer: ').replace(/\.$/, '')] }
}
