import type { Environment } from '../domain/environment.js'
import type { MetricsChoice } from '../domain/metrics-choice.js'
import type { Ambient } from '../ports/ambient.js'
import type { Metrics } from '../ports/metrics.js'

type Variables = Readonly<Record<string, string | undefined>>
export type CloudName = Extract<MetricsChoice['name'], 'cloudwatch' | 'datadog'>

/** Sources of counters that are a vendor's services; like in the other registries, each driver loads when it is first opened. */
const metrics = {
  cloudwatch: async ({ name, metrics: chosen, judge: { slowerThanMs } }, ambient, env) => {
    const { cloudWatchMetrics } = await import('./metrics/cloudwatch/index.js')
    if (chosen?.name !== 'cloudwatch') throw new TypeError(`environment ${name} has other metrics`)
    return cloudWatchMetrics({ ...chosen, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient, env)
  },
  datadog: async ({ name, metrics: chosen, judge: { slowerThanMs } }, ambient) => {
    const { datadogMetrics } = await import('./metrics/datadog/index.js')
    if (chosen?.name !== 'datadog') throw new TypeError(`environment ${name} has other metrics`)
    for (const secret of [chosen.apiKey, chosen.applicationKey]) ambient.mask(secret)
    return datadogMetrics({ ...chosen, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient)
  },
} satisfies Record<CloudName, (environment: Environment, ambient: Ambient, env: Variables) => Promise<Metrics>>

export function isCloud(name: MetricsChoice['name']): name is CloudName {
  return Object.hasOwn(metrics, name)
}

export function openCloudMetrics(name: CloudName, environment: Environment, ambient: Ambient, env: Variables): Promise<Metrics> {
  return metrics[name](environment, ambient, env)
}
