import { oneOfValues, selectorText, type Selector } from '../../../domain/exporters.js'
import type { BusinessMetric } from '../../../domain/metrics-choice.js'
import type { Arm } from '../../../domain/platform.js'
import type { Ambient } from '../../../ports/ambient.js'
import { asked, kindsOf } from './ask.js'
import type { PrometheusGiven } from './index.js'
import { checkServed, unusable, values } from './preflight.js'
import { valueOf } from './questions.js'

/** As far back as a ratio is looked at, and so many events tell what it is. */
const LATELY = '10m'
const LEAST_EVENTS = 20
/** Two counters that grew alike are not read at the very same growth: `increase()` extrapolates each. */
const SLACK = 1.1

/** The counters of the user's own, of what serves now: that they are there, that they count, and that an event is one of what it is held against. */
export async function checkBusiness(stable: Arm, given: PrometheusGiven, ambient: Ambient): Promise<void> {
  for (const metric of given.business ?? []) {
    for (const selector of [metric.events, ...(metric.of === undefined ? [] : [metric.of])]) {
      const there = await values(selector, given, ambient)
      if ('cause' in there) throw unusable(`The counters of \`${metric.name}\` can't be read: ${there.detail}.`, there.fix)
      await checkServed(stable, selector, there, given, ambient)
      await checkKind(metric, selector, given, ambient)
    }
    await checkRatio(stable, metric, given, ambient)
  }
}

/** What goes up and down has no growth to compare: as a counter, each time it falls would be a process that started again. */
async function checkKind({ name }: BusinessMetric, { metric }: Selector, { access }: PrometheusGiven, ambient: Ambient): Promise<void> {
  const kinds = await kindsOf(access, metric, ambient)
  if (kinds.length === 0 || !kinds.every((kind) => kind === 'gauge')) return
  throw unusable(`\`${metric}\` of \`${name}\` is a gauge, and only counters can be judged.`, 'Count the events themselves: a counter that grows by one with each of them.')
}

/** The judge's promise is for events of which a request has one at most. */
async function checkRatio(stable: Arm, { name, events, of }: BusinessMetric, given: PrometheusGiven, ambient: Ambient): Promise<void> {
  const own = [...given.select, oneOfValues(given.label, [valueOf(stable, given) ?? ''])]
  const lately = async (selector: Selector): Promise<number> => {
    const answer = await asked(given.access, `sum(increase(${selectorText(selector, own)}[${LATELY}]))`, ambient)
    if ('cause' in answer) throw unusable(`The counters of \`${name}\` can't be read: ${answer.detail}.`, answer.fix)
    return answer.series[0]?.value ?? 0
  }
  const whole = of ?? given.counting.requests
  const [happened, among] = [await lately(events), await lately(whole)]
  if (happened < LEAST_EVENTS || happened <= SLACK * among) return
  throw unusable(
    `\`${name}\` counted ${Math.round(happened)} events of ${stable.identity} in ${LATELY}, and only ${Math.round(among)} of \`${selectorText(whole)}\`: an event is not one of these.`,
    'Set `of` to the counter of what has one event at most, or count in `events` what happens once a request: orders, not their items.',
  )
}
