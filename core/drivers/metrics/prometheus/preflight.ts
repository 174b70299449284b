import { selectorText, type Selector } from '../../../domain/exporters.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { asked, type Silence } from './ask.js'
import type { PrometheusGiven } from './index.js'
import { alike, questionsFor, valueOf } from './questions.js'

/** The values that the label has now, of all releases; an empty one where series are without it. */
export async function values(of: Selector, given: PrometheusGiven, ambient: Ambient): Promise<readonly string[] | Silence> {
  const answer = await asked(given.access, `group by (${given.label}) (${selectorText(of, given.select)})`, ambient)
  return 'cause' in answer ? answer : answer.series.map(({ labels }) => labels[given.label] ?? '')
}

/** Before traffic moves: what returns nothing now would return nothing then. Rejects with `InputError` `metrics-unusable`; answers how far apart scrapes are (ms), where that is known. */
export async function checkBefore({ stable, candidate }: Arms, given: PrometheusGiven, ambient: Ambient): Promise<number | undefined> {
  if (given.slowerThanMs !== undefined && given.counting.latency === undefined) {
    throw unusable('The latency of requests can\'t be judged: the source has no histogram of it.', 'Name one with `latency`, or take `judge.latency` out.')
  }
  if (given.access.ca !== undefined && !/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(given.access.ca)) {
    throw unusable('`ca` of the source is no certificate in the form of PEM.', 'Give the text that begins with `-----BEGIN CERTIFICATE-----`, line breaks included.')
  }
  if ([candidate, stable].some((arm) => arm !== undefined && valueOf(arm, given) === undefined)) {
    throw unusable(`The platform does not say which \`${given.holds}\` a release has.`, 'Set `holds` to what the label has of a release, such as `identity`.')
  }
  const both = alike({ candidate, ...(stable === undefined ? {} : { stable }) }, given)
  if (both !== undefined) throw unusable(`The counters can't be compared: ${both}.`, 'Deliver it under a version of its own, or set `label` and `holds` to what the platform gives each of them.')
  const { requests } = given.counting
  const there = await values(requests, given, ambient)
  if ('cause' in there) throw unusable(`The counters can't be read: ${there.detail}.`, there.fix)
  // A first release has nothing beside it, and has itself not been asked for anything.
  if (stable === undefined) return undefined
  await checkStable({ stable, candidate }, there, given, ambient)
  return scrapedEvery(stable, given, ambient)
}

/** Where the first of them was; finer makes no difference to how long a source may be silent. */
const STEP_S = 3
const LOOKED_BACK_S = 600

/** `undefined`: it was not scraped twice, or the server can't tell. */
async function scrapedEvery(stable: Arm, given: PrometheusGiven, ambient: Ambient): Promise<number | undefined> {
  const { requests, times } = questionsFor({ candidate: stable }, given)
  // From the first to the very last, which a grid of steps has not seen when it is new.
  const span = `(${times} - min_over_time(${times}[${LOOKED_BACK_S}s:${STEP_S}s]))`
  const answer = await asked(given.access, `max(${span} / (count_over_time(${requests}[${LOOKED_BACK_S}s]) - 1 > 0))`, ambient)
  const seconds = 'cause' in answer ? Number.NaN : (answer.series[0]?.value ?? Number.NaN)
  return seconds > 0 && seconds <= LOOKED_BACK_S ? Math.round(seconds * 1000) : undefined
}

async function checkStable(arms: Arms & { readonly stable: NonNullable<Arms['stable']> }, there: readonly string[], given: PrometheusGiven, ambient: Ambient): Promise<void> {
  const { errors, requests: { metric } } = given.counting
  await checkServed(arms.stable, given.counting.requests, there, given, ambient)
  const { all, within } = questionsFor({ candidate: arms.stable }, given)
  if (all !== undefined && within !== undefined) await checkBound(within, given, ambient)
  if (errors.metric !== metric && (await none(`group(${errors.metric})`, given, ambient))) {
    throw notYet(`There is no metric \`${errors.metric}\`.`, 'Correct `errors`; or, where it only comes with the first failure, have the application export it as 0 from its start: otherwise a wrong name would look like no failures.')
  }
}

/** What serves now is among the series; rejects with what is there instead. */
export async function checkServed(stable: Arm, of: Selector, there: readonly string[], given: PrometheusGiven, ambient: Ambient): Promise<void> {
  const selector = selectorText(of, given.select)
  const value = valueOf(stable, given) ?? ''
  const named = there.filter((one) => one !== '')
  if (there.length === 0 && (await none(`group(${of.metric})`, given, ambient))) {
    throw notYet(`There is no metric \`${of.metric}\` at all.`, 'See that the application is scraped, and has been asked for something: many count from the first request on. Else correct `requests` or `preset`.')
  }
  if (there.length === 0 || (named.length === 0 && value !== '')) throw unusable(`No series fits \`${selector}\` with the label \`${given.label}\`.`, await whatElse(of, given, ambient))
  if (!there.includes(value)) {
    throw unusable(`\`${selector}\` has no series of what serves now, \`${given.label}="${value}"\`; there are those of ${named.slice(0, 8).map((one) => `"${one}"`).join(', ')}.`, `Have the application, or the scrape's relabelling, put the release into \`${given.label}\`, or name another label.`)
  }
}

async function checkBound(within: string, given: PrometheusGiven, ambient: Ambient): Promise<void> {
  const { latency } = given.counting
  if (latency === undefined || !(await none(within, given, ambient))) return
  const bounds = await asked(given.access, `group by (le) (${selectorText({ ...latency, metric: `${latency.metric}_bucket` }, given.select)})`, ambient)
  const found = 'cause' in bounds ? [] : bounds.series.map(({ labels }) => Number(labels['le'])).filter((bound) => Number.isFinite(bound)).toSorted((a, b) => a - b)
  if (found.length === 0) throw unusable(`There is no histogram \`${latency.metric}_bucket\` of what serves now.`, 'Name it with `latency`, or have the application export one.')
  const ms = found.map((bound) => Math.round(bound * (latency.unit === 's' ? 1000 : 1) * 1000) / 1000)
  throw unusable(`\`${latency.metric}\` has no bound at ${given.slowerThanMs ?? 0} ms.`, `Set \`judge.latency.slower-than\` to one of ${ms.map((bound) => `${bound} ms`).join(', ')}.`)
}

async function none(expression: string, given: PrometheusGiven, ambient: Ambient): Promise<boolean> {
  const answer = await asked(given.access, expression, ambient)
  if ('cause' in answer) throw unusable(`The counters can't be read: ${answer.detail}.`, answer.fix)
  return answer.series.length === 0
}

/** Which of the words is the wrong one. */
async function whatElse(of: Selector, given: PrometheusGiven, ambient: Ambient): Promise<string> {
  if (await none(`group(${selectorText(of, given.select)})`, given, ambient)) return 'The metric is there: correct the labels that narrow it down.'
  return `The metric is there, without the label \`${given.label}\`: have the application, or the scrape's relabelling, put the release into one.`
}

/** Nothing that was written need be wrong. */
function notYet(message: string, fix: string): InputError {
  return new InputError([{ code: 'metrics-unusable', message, fix }], { passing: true })
}

export function unusable(message: string, fix?: string): InputError {
  return new InputError([{ code: 'metrics-unusable', message, ...(fix === undefined ? {} : { fix }) }])
}
