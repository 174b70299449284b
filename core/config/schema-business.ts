import { z } from 'zod'
import { parseSelector, type Selector } from '../domain/exporters.js'
import type { BusinessMetric } from '../domain/metrics-choice.js'
import type { MetricCheck, ToleranceSpec } from '../domain/rollout.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { choice, durationOrNone, formed, milliseconds } from './words.js'

/** Metrics of the user's own: events that are counted beside the requests, and judged as they are. */

const COUNTER = 'a counter, with labels in braces where they are needed, such as `orders_total{state="paid"}`; without functions, since growth is what is judged'
const counter = (meaning: string, ...examples: string[]): z.ZodType<string> =>
  z.string({ error: COUNTER }).refine((written) => parseSelector(written) !== undefined, { error: COUNTER }).meta({ description: meaning, examples })

const TOLERANCE = /^(\d+(?:\.\d+)?)%(?: (\d+(?:\.\d+)?)pp)?$/
const margin = (meaning: string, ...examples: string[]): z.ZodString =>
  formed(TOLERANCE, 'a part of what stable has, such as `10%` or `10% 0.1pp`', { description: meaning, examples })

const TAKEN = ['errors', 'latency']
const NAME = 'a name of small letters, digits and `-`, such as `orders`'
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, { error: NAME }).refine((written) => !TAKEN.includes(written), { error: `another name than ${TAKEN.map((word) => `\`${word}\``).join(' and ')}, which the judge has checks of` })

const LIKE = '{ events: orders_total, direction: higher-is-better, tolerance: 10% }'
const metric = z.strictObject({
  events: counter('Counter of the events, as PromQL names it: at most one event to a request (or to what `of` counts). The release is told apart as in `label`.', 'orders_total{state="paid"}'),
  of: counter('Counter of what each event is one of. Default: the requests.', 'checkouts_total').optional(),
  direction: choice('Whether more of it is better.', ['higher-is-better', 'lower-is-better']),
  tolerance: margin('How much worse than stable is still allowed: a part of its rate, with points of a percent beside it if you like.', '10%', '10% 0.1pp'),
  'pass-within': margin('How much worse than stable must be ruled out for a pass. Default: 15 points more than `tolerance`.', '25%').optional(),
  'warm-up': durationOrNone('Samples of the first moments are left out.', '0s').optional(),
}, { error: `a mapping, such as \`${LIKE}\`` })

export const businessSchema = z.record(name, metric)
  .meta({ description: "Metrics of your own, by their name: each is compared between the releases as errors are, within the same chance of a false alarm.", examples: [{ orders: { events: 'orders_total', direction: 'higher-is-better', tolerance: '10%' } }] })

export type BusinessFile = z.infer<typeof businessSchema>

/** What the source is asked for. */
export function businessMetrics(file: BusinessFile): readonly BusinessMetric[] {
  return Object.entries(file).map(([named, { events, of }]) => ({ name: named, events: selectorOf(events), ...(of === undefined ? {} : { of: selectorOf(of) }) }))
}

function selectorOf(written: string): Selector {
  return parseSelector(written) ?? { metric: '', matchers: [] }
}

/** What the judge does with it. */
export function businessChecks(file: BusinessFile = {}): readonly MetricCheck[] {
  return Object.entries(file).map(([named, { direction, tolerance, 'pass-within': written, 'warm-up': warmUp }]): MetricCheck => {
    const wanted = direction === 'higher-is-better'
    const fail = read(tolerance)
    const pass = written === undefined ? wider(fail, wanted) : read(written)
    return { metric: 'business', name: named, ...(wanted ? { wanted } : {}), fail: toleranceOf(fail, wanted), pass: toleranceOf(pass, wanted), warmupMs: milliseconds(warmUp ?? '0s') }
  })
}

interface Margin {
  readonly part: number
  readonly points: number
}

function read(written: string): Margin {
  const [, percent = '0', points = '0'] = TOLERANCE.exec(written) ?? []
  return { part: Number(percent) / 100, points: Number(points) / 100 }
}

/** As far apart as those of errors are by default; of what is wanted never all of it. */
function wider({ part, points }: Margin, wanted: boolean): Margin {
  return { part: wanted ? Math.min(part + 0.15, (1 + part) / 2) : part + 0.15, points }
}

/** A tenth less than stable has means that stable has at most 1/0.9 of what the candidate has: so the judge is told it. */
function toleranceOf({ part, points }: Margin, wanted: boolean): ToleranceSpec {
  return { relative: wanted ? 1 / (1 - part) : 1 + part, absolute: points }
}

export function businessProblems(file: BusinessFile = {}, places: Places): readonly Problem[] {
  return Object.entries(file).flatMap(([named, { direction, tolerance, 'pass-within': pass }]): readonly Problem[] => {
    const path = (key: string): readonly string[] => ['judge', 'metrics', 'prometheus', 'custom', named, key]
    const said = (key: string, what: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(path(key))}: \`${places.name(path(key))}\` ${what}.`, fix })
    const all = ([['tolerance', tolerance], ['pass-within', pass]] as const)
      .filter(([, written]) => direction === 'higher-is-better' && written !== undefined && read(written).part >= 1)
      .map(([key, written]) => said(key, `is "${written ?? ''}", with which nothing would be too little`, 'Write less than 100%.'))
    const [fail, enough] = [read(tolerance), pass === undefined ? undefined : read(pass)]
    const tighter = enough !== undefined && (enough.part < fail.part || enough.points < fail.points)
    return [...all, ...(tighter ? [said('pass-within', 'is tighter than `tolerance`', 'Let a pass allow at least as much as a fail does: what fails could pass otherwise.')] : [])]
  })
}
