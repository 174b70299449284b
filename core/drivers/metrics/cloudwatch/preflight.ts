import type { Arms } from '../../../domain/platform.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { LOOK_BACK_MS, MINUTE_MS, type Wire } from './ask.js'
import type { Silence } from './faults.js'
import type { CloudWatchGiven } from './index.js'
import { grouped, questionsOf, seriesOf, type Part } from './questions.js'
import { slowAmounts } from './slow.js'

const ATTEMPTS = 3
const PAUSE_MS = 1000

/** Before traffic moves: what CloudWatch has nothing of now it would have nothing of then. Rejects with `InputError` `metrics-unusable`. */
export async function checkBefore(arms: Arms, given: CloudWatchGiven, wire: () => Wire, ambient: Ambient): Promise<void> {
  const both = grouped(arms, given)
  if ('cause' in both) throw unusable(both)
  // A first release has nothing beside it, and has itself not been asked for anything: then it is only seen whether CloudWatch answers.
  const asked = both.find(({ arm }) => arm.name === 'stable') ?? both[0]!
  const { arm, group } = asked
  const now = ambient.clock.now()
  const answer = await patiently(() => wire().ask(questionsOf(arm, group, given), now - LOOK_BACK_MS - (now % MINUTE_MS), now), ambient)
  if ('cause' in answer) throw unusable(answer)
  if (arm.name !== 'stable') return
  const has = (part: Part): boolean => answer.some(({ series }) => series === seriesOf(arm, group, part))
  const minutes = LOOK_BACK_MS / MINUTE_MS
  if (!has('requests')) {
    throw unusable({
      cause: 'empty', detail: `CloudWatch has no RequestCount of ${group} behind ${given.loadBalancer} in the last ${minutes} minutes`,
      fix: 'Correct the names of load balancer and target group, and the region; or let users reach it first: nothing can be compared with what nobody asks.',
    })
  }
  if (given.slowerThanMs === undefined) return
  if (!has('all')) throw unusable({ cause: 'empty', detail: `CloudWatch has no TargetResponseTime of ${group} in the last ${minutes} minutes`, fix: 'Take `judge.latency` out: the balancer measures no response times of these targets.' })
  const slow = slowAmounts(answer, (part) => seriesOf(arm, group, part))
  if ('cause' in slow) throw unusable({ ...slow, fix: 'Take `judge.latency` out: slow requests can not be counted there.' })
}

/** A delivery is not ended by what may be over in a second. */
async function patiently(ask: () => ReturnType<Wire['ask']>, ambient: Ambient): ReturnType<Wire['ask']> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask()
    const passing = 'cause' in answer && answer.passing === true
    if (!passing || attempt === ATTEMPTS) return answer
    await ambient.clock.sleep(PAUSE_MS * attempt, ambient.signal)
    ambient.signal.throwIfAborted()
  }
}

function unusable({ detail, fix }: Silence): InputError {
  return new InputError([{ code: 'metrics-unusable', message: `The counters can't be read: ${detail}.`, ...(fix === undefined ? {} : { fix }) }])
}
