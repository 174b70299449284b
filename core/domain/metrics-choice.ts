import type { CloudWatchOptions, DatadogOptions } from './cloud-metrics.js'
import type { Counting, Selector } from './exporters.js'
import { secretsInHeaders } from './header-secrets.js'

/** Events of the user's own, told apart as the requests are. */
export interface BusinessMetric {
  readonly name: string
  readonly events: Selector
  /** What each event is one of. Absent: the requests. */
  readonly of?: Selector
}

/** Counters of a Prometheus, or of what answers like one. */
export interface PrometheusOptions {
  readonly name: 'prometheus'
  readonly url: string
  readonly basic?: { readonly user: string; readonly password: string }
  readonly bearer?: string
  /** PEM certificates of who vouches for the server, in the place of those that everybody trusts. */
  readonly ca?: string
  /** For servers with several tenants. */
  readonly headers?: Readonly<Record<string, string>>
  /** The label that tells releases apart. */
  readonly label: string
  /** What of a release that label holds: `identity`, its version, or a label that the platform gives each arm. */
  readonly holds: string
  /** Matchers that every series must fit: `job="shop"`. */
  readonly select: readonly string[]
  readonly counting: Counting
  /** Absent where there are none. */
  readonly business?: readonly BusinessMetric[]
  /** Counters that are older say nothing of now. */
  readonly staleMs: number
}

/** Our own requests to each arm. */
export interface ProbeOptions {
  readonly name: 'probe'
  /** Absent: that of `identity`. */
  readonly path?: string
  /** To each arm. */
  readonly perSecond: number
  readonly timeoutMs: number
}

/** A program of the user's own prints the counters. */
export interface CommandOptions {
  readonly name: 'command'
  readonly script: string
  readonly timeoutMs: number
  /** Counters that are older say nothing of now. */
  readonly staleMs: number
}

/** `haproxy`: the edge of the `compose` platform. */
export type MetricsChoice = { readonly name: 'local' } | { readonly name: 'haproxy' } | PrometheusOptions | CloudWatchOptions | DatadogOptions | ProbeOptions | CommandOptions

/** What of a way to a Prometheus must be in no log, error, evidence or record. */
export function secretsInAccess({ basic, bearer, headers }: Pick<PrometheusOptions, 'basic' | 'bearer' | 'headers'>): readonly string[] {
  return [basic?.password ?? '', bearer ?? '', ...secretsInHeaders(headers)].filter((secret) => secret !== '')
}
