import { keptAt, type Chronicle } from '../../core/delivery/chronicle.js'
import { tagRows } from '../../core/delivery/environment-tag.js'
import type { DeliveryRequest } from '../../core/delivery/request.js'
import { diagnosisParts, factsTable, overruledLines, overruledRows, signedRows, unmanagedLines } from '../../core/delivery/report.js'
import type { Turned } from '../../core/delivery/turn.js'
import type { Healed } from '../../core/delivery/heal.js'
import type { SignatureCheck } from '../../core/delivery/verify-image.js'
import type { Overruled, SchemaChange } from '../../core/domain/history.js'
import type { Observed } from '../../core/domain/platform.js'
import { servingImage, type Release } from '../../core/domain/release.js'
import { readableDuration } from '../../core/domain/duration.js'
import { reasons, type DeployOutcome, type Reason } from './outcome.js'

/** What was found and done so far, for the outcome. */
export interface Facts {
  readonly healed?: readonly Healed[]
  readonly plan?: readonly string[]
  readonly previous?: Release
  readonly deployment?: string
  readonly chronicle?: Chronicle
  readonly schema?: SchemaChange | undefined
  readonly served?: string
  readonly tags?: readonly string[]
  readonly overruled?: Overruled | undefined
  readonly signed?: SignatureCheck
  readonly turned?: Turned<Reason>
  readonly lastLines?: readonly string[]
}

const GREEN: readonly Reason[] = ['deployed', 'already-live', 'planned']

export function planOf(request: DeliveryRequest, observed: Observed, overruled?: Overruled, signed?: SignatureCheck): readonly string[] {
  const { environment, release } = request
  return [
    ...unmanagedLines(observed, environment.name),
    `${observed.stable === undefined ? 'No release serves' : `${observed.stable.release.version} serves`} \`${environment.name}\`; ${release.version} is to take its place.`,
    ...overruledLines(overruled),
    ...(signed?.lines ?? []),
    environment.migrate?.up === undefined ? 'No migration command is set.' : 'The migration command runs first.',
    `Start ${servingImage(release)} at weight 0, healthy within ${readableDuration(environment.rollout.healthyWithinMs)} and identified, then give it 100 %.`,
    observed.stable === undefined ? 'When that fails, nothing serves, as before.' : `When that fails, ${observed.stable.release.version} goes on serving.`,
  ]
}

export function outcome(request: DeliveryRequest, reason: Reason, message: string, facts: Facts): DeployOutcome {
  const { environment, release } = request
  const served = facts.served ?? facts.turned?.went.live?.version ?? facts.previous?.version ?? ''
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: { deployment: facts.deployment ?? '', record: keptAt(facts.chronicle), url: request.url, version: served, previous: facts.previous?.version ?? '' },
    summary: {
      title: `Deploy ${release.version} to ${environment.name}: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        factsTable([
          ['Serves now', served === '' ? 'nothing' : served],
          ['Served before', facts.previous?.version ?? 'nothing'],
          ['Image', servingImage(release)],
          ...signedRows(facts.signed),
          ...tagRows(facts.tags),
          ['Schema revision', facts.schema === undefined ? 'not read' : `${facts.schema.before} → ${facts.schema.after}`],
          ['Record', facts.deployment ?? 'none'],
          ...overruledRows(facts.overruled),
          ['Address', request.url],
        ]),
        ...(facts.healed ?? []).map((one) => ({ kind: 'text' as const, text: `Healed delivery ${one.delivery}: ${one.seen}.` })),
        ...(facts.lastLines?.length ? [{ kind: 'details' as const, title: 'Last lines of the command', text: facts.lastLines.join('\n') }] : []),
        ...diagnosisParts(facts.turned?.diagnosis),
        ...(facts.plan === undefined ? [] : [{ kind: 'details' as const, title: 'Plan', text: facts.plan.join('\n') }]),
      ],
    },
  }
}
