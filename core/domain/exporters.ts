/** Counters as Prometheus has them, and the exporters that people have. Pure: names and labels, no queries of a server. */

/** One metric, narrowed by label matchers as PromQL writes them (`status=~"5.."`); without braces. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly string[]
}

export interface Histogram extends Selector {
  /** What its bounds (`le`) are counted in. */
  readonly unit: 's' | 'ms'
}

/** Where an application's requests are counted. All are cumulative. */
export interface Counting {
  readonly requests: Selector
  /** Of another metric, or the same with more matchers. */
  readonly errors: Selector
  /** The histogram's name without `_bucket`. */
  readonly latency?: Histogram
}

export interface Exporter extends Counting {
  /** The label that usually tells releases apart there. */
  readonly label: string
}

const counted = (metric: string, bad: string, label: string, latency?: Histogram): Exporter => ({
  requests: { metric, matchers: [] }, errors: { metric, matchers: [bad] }, label, ...(latency === undefined ? {} : { latency }),
})
const histogram = (metric: string, unit: Histogram['unit'] = 's'): Histogram => ({ metric, matchers: [], unit })

export const exporterNames = ['nginx-ingress', 'traefik', 'envoy', 'istio', 'spring', 'fastapi', 'express', 'go', 'haproxy'] as const
export type ExporterName = (typeof exporterNames)[number]

/** By the name of what counts. Beside each: where its project says how its metrics and labels are called. */
export const exporters = {
  // kubernetes/ingress-nginx: internal/ingress/metric/collectors/socket.go, rootfs/etc/nginx/lua/monitor.lua. `service` is that of the main Ingress also for what
  // its canary Ingress answers; `canary` names the one that did, NAMESPACE-SERVICE-PORT, and is empty where none did.
  'nginx-ingress': counted('nginx_ingress_controller_requests', 'status=~"5.."', 'canary', histogram('nginx_ingress_controller_request_duration_seconds')),
  // traefik/traefik: pkg/observability/metrics/prometheus.go. `service` is NAME@PROVIDER; those of a weighted service are counted each by itself.
  traefik: counted('traefik_service_requests_total', 'code=~"5.."', 'service', histogram('traefik_service_request_duration_seconds')),
  // envoyproxy/envoy: docs/root/configuration/upstream/cluster_manager/cluster_stats.rst; labels: source/common/config/well_known_names.cc.
  envoy: {
    requests: { metric: 'envoy_cluster_upstream_rq_completed', matchers: [] },
    errors: { metric: 'envoy_cluster_upstream_rq_xx', matchers: ['envoy_response_code_class="5"'] },
    latency: histogram('envoy_cluster_upstream_rq_time', 'ms'), label: 'envoy_cluster_name',
  },
  // istio/istio.io: content/en/docs/reference/config/metrics/index.md. Each request is told twice, by its source and by its destination.
  istio: {
    requests: { metric: 'istio_requests_total', matchers: ['reporter="destination"'] },
    errors: { metric: 'istio_requests_total', matchers: ['reporter="destination"', 'response_code=~"5.."'] },
    latency: { ...histogram('istio_request_duration_milliseconds', 'ms'), matchers: ['reporter="destination"'] }, label: 'destination_version',
  },
  // spring-projects/spring-boot: reference/actuator/metrics (Spring MVC), by the names that Micrometer gives a timer. Its bounds must be asked for.
  spring: counted('http_server_requests_seconds_count', 'status=~"5.."', 'version', histogram('http_server_requests_seconds')),
  // trallnag/prometheus-fastapi-instrumentator: src/prometheus_fastapi_instrumentator/metrics.py, `default`. Statuses are grouped (`5xx`) unless told otherwise.
  fastapi: counted('http_requests_total', 'status=~"5..|5xx"', 'version', histogram('http_request_duration_seconds')),
  // jochen-schweizer/express-prom-bundle: README.md, src/index.js.
  express: counted('http_request_duration_seconds_count', 'status_code=~"5.."', 'version', histogram('http_request_duration_seconds')),
  // prometheus/client_golang: examples/middleware/httpmiddleware/httpmiddleware.go; labels: prometheus/promhttp/instrument_server.go.
  go: counted('http_requests_total', 'code=~"5.."', 'version', histogram('http_request_duration_seconds')),
  // haproxy/haproxy: addons/promex/README. By backend, one for each release: a server's own responses leave out what it did not answer in time, or broke off.
  haproxy: counted('haproxy_backend_http_responses_total', 'code="5xx"', 'proxy'),
} as const satisfies Readonly<Record<ExporterName, Exporter>>

const METRIC = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const MATCHER = '[a-zA-Z_][a-zA-Z0-9_]*\\s*(?:=~|!~|!=|=)\\s*"(?:[^"\\\\]|\\\\.)*"'
const SELECTOR = new RegExp(`^\\s*(${METRIC})?\\s*(?:\\{\\s*((?:${MATCHER}\\s*(?:,\\s*)?)*)\\})?\\s*$`)
const ONE_MATCHER = new RegExp(MATCHER, 'g')

/** `http_requests_total{job="shop"}`, or the matchers alone where a metric is known: `{status=~"5.."}`. `undefined`: it is neither. */
export function parseSelector(written: string, known?: string): Selector | undefined {
  const found = SELECTOR.exec(written)
  const metric = found?.[1] ?? known
  if (found === null || metric === undefined || (found[1] === undefined && found[2] === undefined)) return undefined
  return { metric, matchers: found[2]?.match(ONE_MATCHER) ?? [] }
}

/** As a server is asked for it. */
export function selectorText({ metric, matchers }: Selector, more: readonly string[] = []): string {
  return `${metric}{${[...matchers, ...more].join(',')}}`
}

/** A label with one of these values: `version=~"1\\.4\\.0|1\\.5\\.0"`. Everything that means something in a pattern or a text is taken literally. */
export function oneOfValues(label: string, values: readonly string[]): string {
  const literal = (value: string): string => value.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`)
  return `${label}=~${JSON.stringify(values.map(literal).join('|'))}`
}

/** The bound of a histogram that a threshold is, as Prometheus may write it: `0.3`, `300`. */
export function boundText(ms: number, { unit }: Pick<Histogram, 'unit'>): readonly string[] {
  const value = unit === 'ms' ? ms : ms / 1000
  return Number.isInteger(value) ? [String(value), `${value}.0`] : [String(value)]
}
