import { latencyBounds, type ArmReport, type CountersReport } from '../../domain/local-control/index.js'
import type { Routes } from './router.js'

const FAMILIES = [
  { name: 'ecluse_requests_total', help: 'Requests that reached an instance.', value: (arm: ArmReport) => arm.requests },
  { name: 'ecluse_request_errors_total', help: 'Requests answered with 5xx, or not at all.', value: (arm: ArmReport) => arm.errors },
  { name: 'ecluse_requests_aborted_total', help: 'Requests that the client ended.', value: (arm: ArmReport) => arm.aborted },
  { name: 'ecluse_requests_retried_total', help: 'Requests asked again because no byte had been answered.', value: (arm: ArmReport) => arm.retried },
] as const

/** The counters in Prometheus' text format. Which arm an instance is changes while it counts on: so that is no label of what it counts. */
export function prometheusText(environment: string, report: CountersReport): string {
  const labelled = report.arms.map((arm) => ({
    arm,
    labels: `environment="${escaped(environment)}",version="${escaped(arm.version)}",instance="${escaped(arm.instance)}"`,
  }))
  const lines = FAMILIES.flatMap(({ name, help, value }) => [
    `# HELP ${name} ${help}`, `# TYPE ${name} counter`,
    ...labelled.map(({ arm, labels }) => `${name}{${labels}} ${value(arm)}`),
  ])
  lines.push('# HELP ecluse_request_duration_seconds Time to the last byte.', '# TYPE ecluse_request_duration_seconds histogram')
  for (const { arm, labels } of labelled) lines.push(...histogram(arm, labels))
  lines.push('# HELP ecluse_arm Which arm an instance is now.', '# TYPE ecluse_arm gauge')
  for (const { arm, labels } of labelled) lines.push(`ecluse_arm{${labels},arm="${arm.arm}"} 1`)
  lines.push('# HELP ecluse_candidate_weight Percent of requests for the candidate.', '# TYPE ecluse_candidate_weight gauge')
  lines.push(`ecluse_candidate_weight{environment="${escaped(environment)}"} ${report.weight}`)
  return `${lines.join('\n')}\n`
}

/** The processes that serve, as Prometheus' `http_sd_configs` reads them. */
export function targetsOf(environment: string, { stable, candidate }: Pick<Routes, 'stable' | 'candidate'>): readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[] {
  return [stable, candidate].flatMap((one) => (one === undefined ? [] : [{ targets: [`127.0.0.1:${one.port}`], labels: { environment, version: one.version, instance: one.id } }]))
}

function histogram(arm: ArmReport, labels: string): readonly string[] {
  const name = 'ecluse_request_duration_seconds'
  let below = 0
  const buckets = arm.latency.map((count, index) => {
    below += count
    const bound = latencyBounds[index]
    return `${name}_bucket{${labels},le="${bound === undefined ? '+Inf' : bound / 1000}"} ${below}`
  })
  return [...buckets, `${name}_sum{${labels}} ${arm.latencySumMs / 1000}`, `${name}_count{${labels}} ${below}`]
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
