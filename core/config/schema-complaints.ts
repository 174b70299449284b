import { z } from 'zod'
import { sentryCounts, type ComplaintsOptions } from '../domain/complaints.js'
import { choice, formed, text, whole } from './words.js'

const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })
const LABEL = 'complaint'
const ADDRESS = 'an address that begins with `https://` or `http://`'

const issues = z.strictObject({
  label: text(`Label that makes an issue a complaint. Default: \`${LABEL}\`.`, 'complaint').optional(),
}, like('{ label: complaint }')).nullable().meta({ description: 'Issues of this repository that are opened with a label; the job needs `issues: read`.', examples: [{ label: 'complaint' }] })

const sentry = z.strictObject({
  organization: text('Its short name, as in the address of its pages.', 'shop'),
  token: text('Token; always by `${env:NAME}`. It needs the scope `event:read`, for `errors` it is `org:read`.', '${env:SENTRY_TOKEN}'),
  project: whole('Number of the project. Default: all that the token may see.', 1, Number.MAX_SAFE_INTEGER).optional(),
  environment: text('Environment, as the application names it to Sentry. Default: all.', 'production').optional(),
  release: formed(/\{version\}/, 'a text with `{version}` in it, such as `shop@{version}`', { description: 'How a release is named there; `{version}` stands for the version.', examples: ['shop@{version}'], default: '{version}' }).optional(),
  count: choice('What is counted: faults that the release brought, each error event, or what users wrote.', sentryCounts, 'new-issues').optional(),
  url: z.url({ protocol: /^https?$/, error: ADDRESS }).meta({ description: 'Where the organization is kept.', examples: ['https://de.sentry.io'], default: 'https://sentry.io' }).optional(),
}, like('{ organization: shop, token: "${env:SENTRY_TOKEN}" }')).meta({ description: 'What Sentry has of the release.', examples: [{ organization: 'shop', token: '${env:SENTRY_TOKEN}', release: 'shop@{version}' }] })

const counter = z.strictObject({
  url: formed(/^https?:\/\/[^\s/]+/, ADDRESS, { description: 'Address of the number. With `{since}` in it the answer counts from that time on; otherwise it is a counter that only grows. `{version}` stands for the version.', examples: ['https://support.shop.example/complaints?since={since}'] }),
  json: z.string({ error: 'a dotted path, such as `open.count`' }).meta({ description: 'Dotted path of the number in the JSON answer. Default: the answer is the number.', examples: ['count'] }).optional(),
  bearer: text('Token; always by `${env:NAME}`.', '${env:SUPPORT_TOKEN}').optional(),
}, like('{ url: "https://support.shop.example/complaints?since={since}", json: count }')).meta({ description: 'A number at an address of your own.', examples: [{ url: 'https://support.shop.example/complaints?since={since}', json: 'count' }] })

export const complaintsSchema = z.strictObject({
  'more-than': whole('So many are borne since the release got its first traffic; one more sends it back.', 0, 1000, 5).optional(),
  'github-issues': issues.optional(),
  sentry: sentry.optional(),
  counter: counter.optional(),
}, like('{ more-than: 5, github-issues: { label: complaint } }'))
  .refine((value) => [value['github-issues'], value.sentry, value.counter].filter((source) => source !== undefined).length <= 1, { error: 'one of these at most: github-issues, sentry, counter' })
  .meta({ description: 'Complaints of users about the release. Default: issues with a label.', examples: [{ 'more-than': 5, 'github-issues': { label: 'complaint' } }] })

export type ComplaintsFile = z.infer<typeof complaintsSchema>

/** What was written, and the defaults. */
export function complaintsOf(file: ComplaintsFile): ComplaintsOptions {
  return { moreThan: file['more-than'] ?? 5, source: sourceOf(file) }
}

function sourceOf({ sentry: kept, counter: own, 'github-issues': labelled }: ComplaintsFile): ComplaintsOptions['source'] {
  if (kept !== undefined) {
    return {
      name: 'sentry', url: kept.url ?? 'https://sentry.io', organization: kept.organization, token: kept.token, release: kept.release ?? '{version}', count: kept.count ?? 'new-issues',
      ...(kept.project === undefined ? {} : { project: kept.project }), ...(kept.environment === undefined ? {} : { environment: kept.environment }),
    }
  }
  if (own !== undefined) return { name: 'counter', url: own.url, json: own.json ?? '', ...(own.bearer === undefined ? {} : { bearer: own.bearer }) }
  return { name: 'github-issues', label: labelled?.label ?? LABEL }
}
