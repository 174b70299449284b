import { readableDays, readableDuration } from '../../core/domain/duration.js'
import type { DashboardModel, EnvironmentPanel } from '../../core/domain/dashboard/model.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { reasons, type PublishOutcome, type Reason } from './outcome.js'
import type { PublishRequest } from './request.js'

/** What was found and written, for the outcome. */
export interface Facts {
  readonly model?: DashboardModel
  readonly folder?: string
  readonly gaps: readonly string[]
  /** Full records that were read. */
  readonly documents?: number
  /** Deliveries with release notes. */
  readonly noted?: number
}

export function outcome({ allowGaps }: PublishRequest, reason: Reason, message: string, facts: Facts): PublishOutcome {
  const { model, folder, gaps } = facts
  const live = (model?.environments ?? []).flatMap((panel) => (panel.live === undefined ? [] : [[panel.name, panel.live.version] as const]))
  return {
    ok: reason === 'published' || (allowGaps && reason !== 'not-read'),
    reason,
    message,
    outputs: {
      folder: folder ?? '',
      page: folder === undefined ? '' : `${folder}/index.html`,
      environments: String(model?.environments.length ?? 0),
      deliveries: String(model?.deliveries.length ?? 0),
      live: JSON.stringify(Object.fromEntries(live)),
      gaps: String(gaps.length),
    },
    summary: {
      title: `Dashboard: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        ...(model === undefined ? [] : modelParts(model, facts)),
        ...(gaps.length === 0 ? [] : [{ kind: 'table' as const, title: 'What could not be read', columns: ['Gap'], rows: gaps.map((gap) => [gap]) }]),
      ],
    },
  }
}

function modelParts(model: DashboardModel, { documents = 0, noted = 0 }: Facts): readonly SummaryPart[] {
  const { dora, ...figures } = model.figures
  return [
    { kind: 'table', title: 'What is live', columns: ['Environment', 'Version', 'Since', 'On its way', 'Way back', 'Backup', 'Going back'], rows: model.environments.map((panel) => environmentRow(panel, model.generatedAt)) },
    {
      kind: 'table',
      title: `Production, ${readableDays(figures.to - figures.from)}`,
      columns: ['Figure', 'Value'],
      rows: [
        ['Deliveries', `${figures.deliveries} (${figures.failed} did not succeed), ${figures.rollbacks} rollbacks`],
        ['Success rate', share(figures.successRate)],
        ['Deployment frequency', dora.deploymentFrequency === null ? 'unknown' : `${dora.deploymentFrequency.toFixed(2)} a day`],
        ['Lead time for changes', span(dora.leadTime)],
        ['Change failure rate', share(dora.changeFailureRate)],
        ['Time to restore', span(dora.timeToRestore)],
      ],
    },
    { kind: 'text', text: `${model.deliveries.length} deliveries, ${Object.keys(model.details).length} of them with particulars, ${documents} full records, ${noted} with release notes.` },
  ]
}

function environmentRow({ name, live, inFlight, wayBack, objectives: { rpo, rto } }: EnvironmentPanel, now: number): readonly string[] {
  return [
    name,
    live?.version ?? 'nothing on record',
    live === undefined ? '' : new Date(live.since).toISOString(),
    inFlight === undefined ? '' : `${inFlight.kind} of ${inFlight.version}${inFlight.leftBehind === true ? ', left unfinished' : ''}`,
    wayBack?.version ?? 'none on record',
    rpo === undefined ? 'none configured' : rpo.newestVerifiedAt === undefined ? 'none verified' : `${rpo.ok ? '' : 'too old: '}${readableDays(Math.max(0, now - rpo.newestVerifiedAt))} old`,
    rto?.worstMs === undefined ? 'not measured' : `${rto.ok ? '' : 'too slow: '}${readableDuration(rto.worstMs)} at worst`,
  ]
}

function share(value: number | null): string {
  return value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`
}

function span(ms: number | null): string {
  return ms === null ? 'unknown' : readableDays(ms)
}
