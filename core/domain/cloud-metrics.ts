/** Sources of counters that are services of a vendor's. They say how much there was in each interval, and are asked over the internet. */

/** Counters of CloudWatch: what an Application Load Balancer counts of each target group. */
export interface CloudWatchOptions {
  readonly name: 'cloudwatch'
  /** Absent: `AWS_REGION`. */
  readonly region?: string
  /** Of another address than the region's own: an endpoint in a private network. */
  readonly endpoint?: string
  /** Absent: those of the variables. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** As CloudWatch names it: `app/shop/50dc6c495c0c9188`. */
  readonly loadBalancer: string
  /** Target groups of the arms, where the platform names none. */
  readonly targetGroups: { readonly stable?: string; readonly candidate?: string }
  /** Counters that are older say nothing of now. */
  readonly staleMs: number
}

/** A metric of Datadog, narrowed down by tags: `status_class:5xx`. */
export interface TaggedMetric {
  readonly metric: string
  readonly tags: readonly string[]
}

/** Counters of Datadog: metrics of the type count, told apart by a tag. */
export interface DatadogOptions {
  readonly name: 'datadog'
  /** `https://api.datadoghq.eu` */
  readonly api: string
  readonly apiKey: string
  readonly applicationKey: string
  /** The tag that tells releases apart. */
  readonly tag: string
  /** Tags that every series must have: `service:shop`. */
  readonly select: readonly string[]
  readonly requests: TaggedMetric
  readonly errors: TaggedMetric
  /** Distribution of durations, and what it is counted in. */
  readonly latency?: TaggedMetric & { readonly unit: 's' | 'ms' | 'ns' }
  readonly staleMs: number
}

const TAGGED = /^\s*([A-Za-z][\w.]*)?\s*(?:\{\s*([^{}]*?)\s*\})?\s*$/
const TAG = /^!?[A-Za-z][\w./-]*:[^\s,{}]+$/

/** `trace.http.request.hits{env:prod}`, or the tags alone where a metric is known. `undefined`: it is neither. */
export function parseTagged(written: string, known?: string): TaggedMetric | undefined {
  const found = TAGGED.exec(written)
  const metric = found?.[1] ?? known
  const tags = (found?.[2] ?? '').split(',').map((tag) => tag.trim()).filter((tag) => tag !== '')
  if (found === null || metric === undefined || (found[1] === undefined && tags.length === 0) || !tags.every((tag) => TAG.test(tag))) return undefined
  return { metric, tags }
}

/** As Datadog keeps the value of a tag: in small letters, and `_` for what it does not take. */
export function tagValue(value: string): string {
  return value.toLowerCase().replaceAll(/[^\p{L}\p{N}_\-:./]/gu, '_').slice(0, 200).replace(/_+$/, '')
}

/** What a target group is called in the labels of an arm. */
export const TARGET_GROUP_LABEL = 'targetGroup'
/** Which release the platform put behind it, where it says so. */
export const TARGET_RELEASE_LABEL = 'release'

/** The part of an ARN that CloudWatch has as a dimension; what is no ARN stays as it is. */
export function dimensionOf(name: string): string {
  const [, resource] = /^arn:[^:]+:elasticloadbalancing:[^:]*:[^:]*:(.+)$/.exec(name) ?? []
  return resource === undefined ? name : resource.replace(/^loadbalancer\//, '')
}

/** The region that an ARN names. */
export function regionIn(name: string): string | undefined {
  return /^arn:[^:]+:elasticloadbalancing:([a-z0-9-]+):/.exec(name)?.[1]
}
