import { z } from 'zod'
import { dimensionOf, parseTagged, type CloudWatchOptions, type DatadogOptions, type TaggedMetric } from '../domain/cloud-metrics.js'
import type { MetricsChoice } from '../domain/metrics-choice.js'
import type { JudgePolicy, RolloutPolicy } from '../domain/rollout.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { choice, duration, formed, milliseconds, text } from './words.js'

const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })
const ADDRESS = 'an address that begins with `https://` or `http://`'
const ARN = 'arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:'

const targetGroup = (arm: string): z.ZodString => formed(new RegExp(`^(${ARN})?targetgroup/[A-Za-z0-9-]+/[0-9a-f]+$`), 'a target group, such as `targetgroup/shop-blue/73e2d6bc24d8a067`, or its ARN', {
  description: `Target group of ${arm}, where the platform does not say which it is.`, examples: [`targetgroup/shop-${arm === 'stable' ? 'blue' : 'green'}/${arm === 'stable' ? '73e2d6bc24d8a067' : '943f017f100becff'}`],
})

export const cloudwatchSchema = z.strictObject({
  'load-balancer': formed(new RegExp(`^(${ARN}loadbalancer/)?app/[A-Za-z0-9-]+/[0-9a-f]+$`), 'an Application Load Balancer, such as `app/shop/50dc6c495c0c9188`, or its ARN', { description: 'The Application Load Balancer in front of both arms.', examples: ['app/shop/50dc6c495c0c9188'] }),
  stable: targetGroup('stable').optional(),
  candidate: targetGroup('candidate').optional(),
  region: text('Region. Default: that of an ARN, else `AWS_REGION`.', 'eu-west-3').optional(),
  endpoint: z.url({ protocol: /^https?$/, error: ADDRESS }).meta({ description: 'Another address than that of the region: an endpoint in a private network.', examples: ['https://vpce-0123456789abcdef0.monitoring.eu-west-3.vpce.amazonaws.com'] }).optional(),
  'access-key-id': text('Key id. Default: `AWS_ACCESS_KEY_ID`.', '${env:METRICS_KEY_ID}').optional(),
  'secret-access-key': text('Key. Default: `AWS_SECRET_ACCESS_KEY`.', '${env:METRICS_KEY}').optional(),
  'stale-after': duration('Counters that are older say nothing of now.', '5m').optional(),
}, like('{ load-balancer: app/shop/50dc6c495c0c9188 }'))
  .refine((value) => (value['access-key-id'] === undefined) === (value['secret-access-key'] === undefined), { error: '`access-key-id` and `secret-access-key`, both or neither' })
  .refine((value) => value.stable === undefined || value.candidate === undefined || dimensionOf(value.stable) !== dimensionOf(value.candidate), { error: 'two target groups that differ: of one, the arms could not be told apart' })
  .meta({ description: 'What an Application Load Balancer counts of each target group, by CloudWatch.', examples: [{ 'load-balancer': 'app/shop/50dc6c495c0c9188', stable: 'targetgroup/shop-blue/73e2d6bc24d8a067', candidate: 'targetgroup/shop-green/943f017f100becff' }] })

const METRIC = 'a metric, with tags in braces where they are needed, such as `trace.http.request.hits{env:prod}`'
const metric = (meaning: string, ...examples: string[]): z.ZodType<string> =>
  z.string({ error: METRIC }).refine((written) => parseTagged(written) !== undefined, { error: METRIC }).meta({ description: meaning, examples })
const TAGS = 'tags in braces, such as `{status_class:5xx}`, or another metric'
const NEEDED = 'tags in braces, such as `{service:shop,env:prod}`'

const sites = ['datadoghq.com', 'us3.datadoghq.com', 'us5.datadoghq.com', 'datadoghq.eu', 'ap1.datadoghq.com', 'ap2.datadoghq.com', 'uk1.datadoghq.com', 'ddog-gov.com', 'us2.ddog-gov.com'] as const

export const datadogSchema = z.strictObject({
  site: choice('Where your organization is kept.', sites, 'datadoghq.com').optional(),
  'api-key': text('API key; always by `${env:NAME}`.', '${env:DD_API_KEY}'),
  'application-key': text('Application key with the scope `timeseries_query`; always by `${env:NAME}`.', '${env:DD_APP_KEY}'),
  tag: formed(/^[A-Za-z][\w./-]*$/, 'the name of a tag, such as `version`', { description: 'Tag that tells releases apart.', examples: ['version'], default: 'version' }).optional(),
  select: z.string({ error: NEEDED }).refine((written) => parseTagged(written, 'x')?.metric === 'x', { error: NEEDED }).meta({ description: 'Tags that every series must have: which application.', examples: ['{service:shop,env:prod}'] }).optional(),
  requests: metric('Count of requests.', 'trace.http.request.hits'),
  errors: z.string({ error: TAGS }).refine((written) => parseTagged(written, 'x') !== undefined, { error: TAGS }).meta({ description: 'Which requests failed: another count, or tags of the same.', examples: ['trace.http.request.errors', '{status_class:5xx}'] }),
  latency: metric('Distribution of their duration, with threshold queries switched on.', 'trace.http.request').optional(),
  'latency-in': choice('Unit of the durations.', ['seconds', 'milliseconds', 'nanoseconds'], 'seconds').optional(),
  endpoint: z.url({ protocol: /^https?$/, error: ADDRESS }).meta({ description: 'Another address than that of the site: a proxy of your own.', examples: ['https://datadog-proxy.shop.example'] }).optional(),
  'stale-after': duration('Counts that are older say nothing of now.', '3m').optional(),
}, like('{ api-key: "${env:DD_API_KEY}", application-key: "${env:DD_APP_KEY}", requests: trace.http.request.hits, errors: trace.http.request.errors }'))
  .meta({ description: 'Counts of Datadog, told apart by a tag.', examples: [{ site: 'datadoghq.eu', 'api-key': '${env:DD_API_KEY}', 'application-key': '${env:DD_APP_KEY}', select: '{service:shop}', requests: 'trace.http.request.hits', errors: 'trace.http.request.errors' }] })

export function cloudwatchOf(file: z.infer<typeof cloudwatchSchema>): CloudWatchOptions {
  const { 'access-key-id': accessKeyId, 'secret-access-key': secretAccessKey, region, endpoint, stable, candidate } = file
  return {
    name: 'cloudwatch', loadBalancer: file['load-balancer'], staleMs: milliseconds(file['stale-after'] ?? '5m'),
    targetGroups: { ...(stable === undefined ? {} : { stable }), ...(candidate === undefined ? {} : { candidate }) },
    ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined ? {} : { credentials: { accessKeyId, secretAccessKey } }),
  }
}

const UNITS = { seconds: 's', milliseconds: 'ms', nanoseconds: 'ns' } as const
const NOTHING: TaggedMetric = { metric: '', tags: [] }

export function datadogOf(file: z.infer<typeof datadogSchema>): DatadogOptions {
  const requests = parseTagged(file.requests) ?? NOTHING
  const errors = parseTagged(file.errors, requests.metric) ?? NOTHING
  const latency = file.latency === undefined ? undefined : parseTagged(file.latency)
  return {
    name: 'datadog', api: file.endpoint ?? `https://api.${file.site ?? 'datadoghq.com'}`, apiKey: file['api-key'], applicationKey: file['application-key'], tag: file.tag ?? 'version',
    select: file.select === undefined ? [] : (parseTagged(file.select, 'x')?.tags ?? []),
    requests,
    // Tags alone are beside those of the requests.
    errors: file.errors.trimStart().startsWith('{') ? { ...errors, tags: [...requests.tags, ...errors.tags] } : errors,
    ...(latency === undefined ? {} : { latency: { ...latency, unit: UNITS[file['latency-in'] ?? 'seconds'] } }),
    staleMs: milliseconds(file['stale-after'] ?? '3m'),
  }
}

/** What a vendor has is minutes behind, and a judge gives up after twelve polls without a word; each poll is paid for, or rationed. */
const PACES: Readonly<Record<string, { readonly usualMs: number; readonly leastMs: number }>> = { cloudwatch: { usualMs: 30_000, leastMs: 20_000 }, datadog: { usualMs: 20_000, leastMs: 10_000 } }

/** How often these sources are asked; `undefined` for the others. */
export function cloudPollMs(metrics: Readonly<Record<string, unknown>> | undefined): number | undefined {
  return Object.keys(metrics ?? {}).flatMap((name) => PACES[name]?.usualMs ?? [])[0]
}

/** A pace at which such a source could never be heard in time. */
export function paceProblems(metrics: string | undefined, every: string | undefined, places: Places): readonly Problem[] {
  const pace = metrics === undefined ? undefined : PACES[metrics]
  if (pace === undefined || every === undefined || milliseconds(every) >= pace.leastMs) return []
  const path = ['judge', 'every']
  return [{
    code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` is "${every}", and the counters of \`${metrics ?? ''}\` come minutes late: a release would be sent back before the first of them.`,
    fix: `Set it to ${pace.leastMs / 1000}s or more, or leave it out: ${pace.usualMs / 1000}s is usual there.`,
  }]
}

/** The platform's own deadline is pushed ahead with each poll: a program that counts is waited for, too. */
export function returnProblems(metrics: MetricsChoice | undefined, { pollMs }: Pick<JudgePolicy, 'pollMs'>, { returnAfterMs }: Pick<RolloutPolicy, 'returnAfterMs'>, places: Places): readonly Problem[] {
  const waitMs = pollMs + (metrics?.name === 'command' ? metrics.timeoutMs : 0)
  // It is pushed ahead when a third of it has passed; what is looked at seldom may also come late.
  const leastMs = Math.max(2 * pollMs, 1.5 * waitMs)
  if (metrics === undefined || returnAfterMs >= leastMs) return []
  const path = ['rollout', 'return-after']
  return [{
    code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` is ${returnAfterMs / 1000}s, and a look at the counters of \`${metrics.name}\` comes up to ${waitMs / 1000}s after the one before: traffic would go back between two looks.`,
    fix: `Set it to ${Math.ceil(leastMs / 1000)}s or more.`,
  }]
}
