import type { DashboardModel, EnvironmentPanel, Figures } from '../model.js'
import { exposition, type Family, type Labels } from './exposition.js'

/** Upper bounds of a delivery's duration in seconds. */
const BOUNDS = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400]

/** The Prometheus text format, 0.0.4. What is not known has no sample. */
export function prometheusText(model: DashboardModel): string {
  return exposition([
    counted('ecluse_deployments_total', 'Finished deliveries (deploy, promote, rollback) on record, as far back as it was read.', deployments(model)),
    counted('ecluse_rollbacks_total', 'Finished rollbacks on record, as far back as it was read.', rollbacks(model)),
    durations(model),
    ...perEnvironment(model.environments),
    gauge('ecluse_dashboard_generated_seconds', 'Unix time at which the record was read.', [[{}, model.generatedAt / 1000]]),
    gauge('ecluse_dashboard_gaps', 'Parts of the record that could not be read.', [[{}, model.gaps.length]]),
  ])
}

type Sample = readonly [Labels, number]

function counted(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'counter', help, samples: samples.map(([labels, value]) => ({ labels, value })) }
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples: samples.map(([labels, value]) => ({ labels, value })) }
}

function deployments({ deliveries }: DashboardModel): readonly Sample[] {
  return tally(deliveries.flatMap(({ environment, kind, ok, reason }) => (ok === undefined ? [] : [{ environment, kind, result: ok ? 'succeeded' : 'failed', reason: reason ?? '' }])))
}

/** An environment that was read and had none has 0: that is known. */
function rollbacks({ deliveries, environments }: DashboardModel): readonly Sample[] {
  const finished = deliveries.filter(({ kind, ok }) => kind === 'rollback' && ok !== undefined)
  return environments.flatMap(({ name: environment }) => {
    const own = finished.filter((row) => row.environment === environment)
    const good = own.filter(({ ok }) => ok).length
    return [[{ environment, result: 'succeeded' }, good], [{ environment, result: 'failed' }, own.length - good]] as const
  })
}

function tally(all: readonly Labels[]): readonly Sample[] {
  const counts = new Map<string, { readonly labels: Labels; count: number }>()
  for (const labels of all) {
    const key = JSON.stringify(labels)
    const entry = counts.get(key) ?? { labels, count: 0 }
    entry.count += 1
    counts.set(key, entry)
  }
  return [...counts.values()].map(({ labels, count }) => [labels, count])
}

function durations({ deliveries }: DashboardModel): Family {
  const groups = new Map<string, { readonly labels: Labels; readonly took: number[] }>()
  for (const { environment, kind, ok, begunAt, endedAt } of deliveries) {
    if (ok !== true || endedAt === undefined) continue
    const key = JSON.stringify([environment, kind])
    const group = groups.get(key) ?? { labels: { environment, kind }, took: [] as number[] }
    group.took.push(Math.max(0, endedAt - begunAt) / 1000)
    groups.set(key, group)
  }
  const samples = [...groups.values()].flatMap(({ labels, took }) => [
    ...BOUNDS.map((bound) => ({ suffix: '_bucket' as const, labels: { ...labels, le: String(bound) }, value: took.filter((one) => one <= bound).length })),
    { suffix: '_bucket' as const, labels: { ...labels, le: '+Inf' }, value: took.length },
    { suffix: '_sum' as const, labels, value: took.reduce((sum, one) => sum + one, 0) },
    { suffix: '_count' as const, labels, value: took.length },
  ])
  return { name: 'ecluse_deployment_duration_seconds', type: 'histogram', help: 'From begun to ended, of deliveries that succeeded.', samples }
}

function perEnvironment(environments: readonly EnvironmentPanel[]): readonly Family[] {
  const of = (name: string, help: string, value: (panel: EnvironmentPanel) => number | null | undefined): Family =>
    gauge(name, help, environments.flatMap((panel) => {
      const found = value(panel)
      return typeof found === 'number' ? [[{ environment: panel.name }, found] as const] : []
    }))
  const figure = (name: string, help: string, pick: (figures: Figures) => number | null): Family => of(name, help, ({ figures }) => pick(figures))
  return [
    gauge('ecluse_live_info', 'The release that serves by the record; always 1.', environments.flatMap(({ name: environment, live }) => (live === undefined ? [] : [[{ environment, version: live.version, commit: live.commit }, 1] as const]))),
    of('ecluse_live_since_seconds', 'Unix time at which the live release came to serve all users.', ({ live }) => seconds(live?.since)),
    of('ecluse_in_flight', 'Whether a delivery is on its way.', ({ inFlight }) => (inFlight === undefined ? 0 : 1)),
    of('ecluse_way_back', 'Whether the record knows a release to go back to.', ({ wayBack }) => (wayBack === undefined ? 0 : 1)),
    of('ecluse_backup_newest_verified_seconds', 'Unix time of the data in the newest backup that was restored and found equal.', ({ objectives }) => seconds(objectives.rpo?.newestVerifiedAt)),
    of('ecluse_going_back_worst_seconds', 'The longest going back of the last 90 days.', ({ objectives }) => seconds(objectives.rto?.worstMs)),
    gauge('ecluse_objective_seconds', 'What is to be reached: rpo (age of the newest verified backup), rto (duration of going back).', environments.flatMap(({ name: environment, objectives }) =>
      (['rpo', 'rto'] as const).flatMap((objective) => {
        const limit = objectives[objective]?.limitMs
        return limit === undefined ? [] : [[{ environment, objective }, limit / 1000] as const]
      }))),
    figure('ecluse_success_ratio', 'Succeeded deliveries of all deliveries in the span.', ({ successRate }) => successRate),
    figure('ecluse_rollback_ratio', 'Succeeded deliveries that a rollback took back, of all succeeded ones in the span.', ({ rollbackRate }) => rollbackRate),
    figure('ecluse_deployments_per_day', 'DORA deployment frequency: succeeded deliveries per day of the span.', ({ dora }) => dora.deploymentFrequency),
    figure('ecluse_lead_time_seconds', 'DORA lead time for changes: the median in the span.', ({ dora }) => seconds(dora.leadTime)),
    figure('ecluse_change_failure_ratio', 'DORA change failure rate in the span.', ({ dora }) => dora.changeFailureRate),
    figure('ecluse_time_to_restore_seconds', 'DORA time to restore: the median in the span.', ({ dora }) => seconds(dora.timeToRestore)),
  ]
}

function seconds(ms: number | null | undefined): number | null {
  return typeof ms === 'number' ? ms / 1000 : null
}
