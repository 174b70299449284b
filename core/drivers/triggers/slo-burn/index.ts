import { objectiveText } from '../../../domain/budget-gate.js'
import { readableDuration } from '../../../domain/duration.js'
import type { Arm } from '../../../domain/platform.js'
import { burning, burnRate, burnRules, type Burning, type Counted, type Objective } from '../../../domain/slo.js'
import type { Finding } from '../../../domain/trigger.js'
import { BURN_LOOK_MS } from '../../../domain/trigger-policy.js'
import { InputError } from '../../../errors/families.js'
import type { SloSource } from '../../../ports/slo-source.js'
import type { Trigger } from '../../../ports/trigger.js'

export interface SloBurnGiven {
  readonly objectives: readonly Objective[]
  readonly source: SloSource
  /** The release that would go back. */
  readonly arm: Arm
}

/** Fewer bad requests of a release are chance: a service that few people use burns at once by one of them. */
const LEAST_BAD = 5
const SHORTEST_MS = Math.min(...burnRules.map(({ shortMs }) => shortMs))

/**
 * The multi-window rule of the SRE workbook (chapter 5, "Alerting on SLOs") on what users get of all releases together. It
 * fires only where going back would help: this release burns now, and what else serves does not.
 */
export function sloBurnTrigger(given: SloBurnGiven): Trigger {
  const { objectives, source } = given
  return {
    name: 'slo-burn',
    everyMs: BURN_LOOK_MS,
    preflight: async () => {
      for (const objective of objectives) {
        const found = await source.counted(objective, SHORTEST_MS)
        if ('detail' in found) throw new InputError([{ code: 'trigger-unusable', message: `The trigger \`slo-burn\` can't be asked: ${objectiveText(objective)}: ${found.detail}.`, fix: 'Correct `judge.metrics.prometheus` or `slo`, or set `triggers.slo-burn` to `false`.' }], { passing: found.passing === true })
      }
    },
    look: async () => {
      const findings = await Promise.all(objectives.map((objective) => lookAt(objective, given)))
      const kinds = ['fired', 'no-data', 'calm'] as const
      const worst = kinds.find((kind) => findings.some((finding) => finding.kind === kind)) ?? 'calm'
      return { kind: worst, detail: findings.filter(({ kind }) => kind === worst).map(({ detail }) => detail).join('; ') }
    },
  }
}

async function lookAt(objective: Objective, given: SloBurnGiven): Promise<Finding> {
  const name = objectiveText(objective)
  const spans = burnRules.flatMap(({ longMs, shortMs }) => [longMs, shortMs])
  const answers = await Promise.all(spans.map(async (spanMs) => [spanMs, await given.source.counted(objective, spanMs)] as const))
  const silent = answers.find(([, answer]) => 'detail' in answer)?.[1]
  if (silent !== undefined && 'detail' in silent) return { kind: 'no-data', detail: `${name}: ${silent.detail}` }
  const counted = new Map(answers.flatMap(([spanMs, answer]) => ('detail' in answer ? [] : [[spanMs, answer]] as const)))
  const burns = burning(objective, (spanMs) => counted.get(spanMs))
  if (burns !== undefined) return attributed(objective, burns, given)
  const fast = counted.get(SHORTEST_MS)
  const rate = fast === undefined ? undefined : burnRate(fast, objective)
  return { kind: 'calm', detail: `${name}: ${rate === undefined ? 'nobody asks' : `burns ${rate.toFixed(1)} times as fast as its budget lasts`}` }
}

/** Users are hurt; is it this release that hurts them? */
async function attributed(objective: Objective, { rule, long, short }: Burning, { source, arm }: SloBurnGiven): Promise<Finding> {
  const burnt = `${objectiveText(objective)} burns ${long.toFixed(1)} times as fast as its budget lasts over ${readableDuration(rule.longMs)} and ${short.toFixed(1)} times over ${readableDuration(rule.shortMs)} (limit ${rule.factor})`
  const [own, others] = await Promise.all([source.counted(objective, rule.shortMs, { arm, whose: 'own' }), source.counted(objective, rule.shortMs, { arm, whose: 'others' })])
  if ('detail' in own) return { kind: 'no-data', detail: `${burnt}; whose doing it is can't be read: ${own.detail}` }
  if (own.requests === 0) return { kind: 'no-data', detail: `${burnt}; ${arm.identity} has no requests there` }
  if (own.bad < LEAST_BAD || (burnRate(own, objective) ?? 0) < rule.factor) return { kind: 'calm', detail: `${burnt}; not by ${arm.identity}: ${share(own)}` }
  if ('detail' in others) return { kind: 'no-data', detail: `${burnt}; whether it burns without ${arm.identity} too can't be read: ${others.detail}` }
  if ((burnRate(others, objective) ?? 0) >= rule.factor) return { kind: 'calm', detail: `${burnt}, and does without ${arm.identity} too: going back would not help` }
  return { kind: 'fired', detail: `${burnt}; by ${arm.identity}: ${share(own)}` }
}

function share({ requests, bad }: Counted): string {
  return `${Math.round(bad)} of its ${Math.round(requests)} requests were bad`
}
