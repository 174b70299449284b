import { z } from 'zod'
import { complaintsSchema } from './schema-complaints.js'
import { duration, formed, whole, yesNo } from './words.js'

/** `true`, `false`, or a mapping that says more. */
const orMore = <T extends z.ZodType>(more: T, meaning: string, example: object): z.ZodUnion<readonly [z.ZodBoolean, T]> =>
  z.union([z.boolean(), more], { error: `\`true\`, \`false\` or a mapping, such as \`${JSON.stringify(example).replaceAll('"', '').replaceAll(/([:,{])/g, '$1 ').replace('}', ' }')}\`` }).meta({ description: meaning, examples: [true, false, example] })

const health = z.strictObject({
  after: whole('So many looks in a row must find a check failing.', 1, 100, 3).optional(),
  every: duration('How often the checks are tried.', '10s').optional(),
})

const resources = z.strictObject({
  restarts: whole('The platform has started an instance again so many times.', 1, 1000, 3).optional(),
  'out-of-memory': yesNo('One instance that was ended for want of memory is enough.', true).optional(),
  'memory-slope': formed(/^\d+(\.\d+)?%\/\d+(\.\d+)?(s|m|h)$/, 'a growth within a time, such as `20%/10m`', { description: 'Memory that grows faster than this. Looked at when the release has run for that long.', examples: ['20%/10m'] }).optional(),
})

export const triggersSchema = z.strictObject({
  'high-error-rate': yesNo('The judge sends a release back whose requests fail more often.', true).optional(),
  'high-response-time': yesNo('The judge sends a release back whose requests are slow more often. Default: where `judge.latency` is set.', true).optional(),
  'business-metric': yesNo('The judge sends a release back for a metric of your own. Default: where `judge.metrics.prometheus.custom` has one.', true).optional(),
  'health-check-failure': orMore(health, 'The checks of the environment, tried again and again against the release. Default: on where there are `checks`.', { after: 3, every: '10s' }).optional(),
  'resource-exhaustion': orMore(resources, 'Restarts, want of memory and growing memory, as the platform tells them. Default: on where it can be asked.', { restarts: 3, 'memory-slope': '20%/10m' }).optional(),
  'slo-burn': yesNo('The error budget is used up too fast. Default: on where `slo` is set.', true).optional(),
  'user-complaints': orMore(complaintsSchema, 'Complaints of users since the release. Default: off; `true`: more than 5 issues labelled `complaint`.', { 'more-than': 5 }).optional(),
}, { error: 'a mapping, such as `{ slo-burn: false }`' }).meta({ description: 'What sends a release back, on or off by itself.', examples: [{ 'health-check-failure': { after: 3, every: '10s' }, 'slo-burn': false }] })

export type TriggersFile = z.infer<typeof triggersSchema>

const increase = (meaning: string): z.ZodString => formed(/^\d+(\.\d+)?%$/, 'an increase, such as `10%`', { description: meaning, examples: ['10%', '20%'] })

/** The rules of `judge` as people say them. */
export const shortRules = {
  'error-rate-increase': increase('Short for `errors.fail-above`: so many more failing requests than stable has.').optional(),
  'response-time-increase': increase('Short for `latency.fail-above`: so many more slow requests than stable has. Slow is what `latency.slower-than`, else `slo.latency.slower-than` says, else 500 ms.').optional(),
} as const
