import { z } from 'zod'
import type { PrometheusOptions } from '../domain/metrics-choice.js'
import { exporterNames, exporters, parseSelector, type Counting, type Selector } from '../domain/exporters.js'
import { businessMetrics, businessSchema } from './schema-business.js'
import { cloudwatchSchema, datadogSchema } from './schema-cloud.js'
import { command, probe } from './schema-own-counts.js'
import { choice, duration, milliseconds, text } from './words.js'

const one = 'exactly one of these'
const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })

const SELECTOR = 'a metric, with labels in braces where they are needed, such as `http_requests_total{job="shop"}`'
const selector = (meaning: string, ...examples: string[]): z.ZodType<string> =>
  z.string({ error: SELECTOR }).refine((written) => parseSelector(written) !== undefined, { error: SELECTOR }).meta({ description: meaning, examples })
const MATCHERS = 'labels in braces, such as `{status=~"5.."}`, or another metric'
const bad = z.string({ error: MATCHERS }).refine((written) => parseSelector(written, 'x') !== undefined, { error: MATCHERS })
  .meta({ description: 'Which requests failed: labels of the same metric, or another one.', examples: ['{status=~"5.."}', 'http_failures_total'] })

const basic = z.strictObject({
  user: text('Name.', 'ecluse'),
  password: text('Password; always by `${env:NAME}`.', '${env:PROMETHEUS_PASSWORD}'),
}, like('{ user: ecluse, password: "${env:PROMETHEUS_PASSWORD}" }')).meta({ description: 'Basic authentication.', examples: [{ user: 'ecluse', password: '${env:PROMETHEUS_PASSWORD}' }] })

const prometheus = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'an address that begins with `https://` or `http://`' }).meta({ description: 'Address of the server, with the path where it is served below one.', examples: ['https://prometheus.shop.example'] }),
  preset: choice('What counts the requests: its names of metrics and labels are known.', exporterNames).optional(),
  label: text('Label that tells releases apart. Default: that of the preset, else `version`.', 'version').optional(),
  holds: text("What of a release the label holds: `identity`, its version, or a label that the platform gives each arm.", 'identity').optional(),
  select: z.string({ error: 'labels in braces, such as `{job="shop"}`' }).refine((written) => parseSelector(written, 'x') !== undefined, { error: 'labels in braces, such as `{job="shop"}`' })
    .meta({ description: 'Labels that every series must have: which application, where several are counted by the same names.', examples: ['{job="shop"}'] }).optional(),
  requests: selector('Counter of requests, in the place of a preset.', 'http_requests_total').optional(),
  errors: bad.optional(),
  latency: selector('Histogram of their duration, without `_bucket`.', 'http_request_duration_seconds').optional(),
  'latency-in': choice('Unit of its bounds.', ['seconds', 'milliseconds'], 'seconds').optional(),
  custom: businessSchema.optional(),
  basic: basic.optional(),
  bearer: text('Token; always by `${env:NAME}`.', '${env:PROMETHEUS_TOKEN}').optional(),
  ca: text('Who vouches for its certificate, as PEM text, in the place of those that everybody trusts.', '${env:PROMETHEUS_CA}').optional(),
  headers: z.record(z.string(), z.string()).meta({ description: 'Headers of each request, such as the tenant.', examples: [{ 'X-Scope-OrgID': 'shop' }] }).optional(),
  'stale-after': duration('Counters that are older say nothing of now.', '90s').optional(),
}, like('{ url: https://prometheus.shop.example, preset: go }'))
  .refine((value) => value.preset !== undefined || (value.requests !== undefined && value.errors !== undefined), { error: 'a `preset`, or `requests` and `errors`' })
  .refine((value) => value.basic === undefined || value.bearer === undefined, { error: '`basic` or `bearer`, not both' })
  .meta({ description: 'Counters of a Prometheus, or of what answers like one (Thanos, Mimir, VictoriaMetrics).', examples: [{ url: 'https://prometheus.shop.example', preset: 'go', select: '{job="shop"}' }] })

export const metricsSchema = z.strictObject({
  local: z.strictObject({}).nullable().meta({ description: 'The counters of the embedded proxy.', examples: [{}] }).optional(),
  haproxy: z.strictObject({}).nullable().meta({ description: 'The counters of the edge that the platform `compose` has.', examples: [{}] }).optional(),
  prometheus: prometheus.optional(),
  cloudwatch: cloudwatchSchema.optional(),
  datadog: datadogSchema.optional(),
  probe: probe.optional(),
  command: command.optional(),
}, like('{ local: {} }')).refine((value) => Object.keys(value).length === 1, { error: one }).meta({ description: "Where the judge's counters come from. Default: the platform's own.", examples: [{ local: {} }, { prometheus: { url: 'https://prometheus.shop.example', preset: 'go' } }] })

type PrometheusFile = z.infer<typeof prometheus>

/** What was written, and the defaults. */
export function prometheusOf(file: PrometheusFile): PrometheusOptions {
  const preset = file.preset === undefined ? undefined : exporters[file.preset]
  return {
    name: 'prometheus',
    url: file.url,
    ...(file.basic === undefined ? {} : { basic: file.basic }),
    ...(file.bearer === undefined ? {} : { bearer: file.bearer }),
    ...(file.ca === undefined ? {} : { ca: file.ca }),
    ...(file.headers === undefined ? {} : { headers: file.headers }),
    label: file.label ?? preset?.label ?? 'version',
    holds: file.holds ?? 'identity',
    select: file.select === undefined ? [] : (parseSelector(file.select, 'x')?.matchers ?? []),
    counting: countingOf(file, preset),
    ...(file.custom === undefined ? {} : { business: businessMetrics(file.custom) }),
    staleMs: milliseconds(file['stale-after'] ?? '90s'),
  }
}

/** A preset, and what is written beside it in its place. */
function countingOf(file: PrometheusFile, preset: Counting | undefined): Counting {
  const requests = read(file.requests) ?? preset?.requests ?? NOTHING
  const errors = read(file.errors, requests) ?? preset?.errors ?? NOTHING
  const own = read(file.latency)
  const latency = own === undefined ? preset?.latency : { ...own, unit: file['latency-in'] === 'milliseconds' ? ('ms' as const) : ('s' as const) }
  return { requests, errors, ...(latency === undefined ? {} : { latency }) }
}

/** Never asked for: the schema wants a preset or both of them. */
const NOTHING: Selector = { metric: '', matchers: [] }

/** Labels alone are those of `of`, beside its own. */
function read(written: string | undefined, of?: Selector): Selector | undefined {
  if (written === undefined) return undefined
  const found = parseSelector(written, of?.metric)
  const own = written.trimStart().startsWith('{')
  return found === undefined || of === undefined || !own ? found : { metric: of.metric, matchers: [...of.matchers, ...found.matchers] }
}
