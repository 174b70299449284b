import { triggerLines } from '../../core/delivery/evidence-report.js'
import { overruledLines, unmanagedLines } from '../../core/delivery/report.js'
import type { BudgetedSituation, DeliveryRequest } from '../../core/delivery/request.js'
import type { SignatureCheck } from '../../core/delivery/verify-image.js'
import { budgetText } from '../../core/domain/budget-gate.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'
import type { Capabilities } from '../../core/domain/platform.js'
import { sameRelease, servingImage } from '../../core/domain/release.js'
import type { MetricCheck, ToleranceSpec } from '../../core/domain/rollout.js'
import type { Reason } from './outcome.js'

export type Route = 'already-live' | 'first' | 'canary' | 'blue-green' | 'direct'

/** How this run goes, in words that are printed before anything is done. */
export interface Plan {
  readonly route: Route
  readonly lines: readonly string[]
}

export interface Refused {
  readonly reason: Reason
  readonly message: string
}

export function makePlan(request: DeliveryRequest, { history, observed, refused, overruled, budgets }: BudgetedSituation, signed: SignatureCheck, can: Capabilities, measured: boolean): Plan | Refused {
  if (refused !== undefined) return refused
  if (!signed.ok) return signed
  const { stable, candidate } = observed
  if (stable?.healthy === true && candidate === undefined && sameRelease(stable.release, request.release)) {
    return { route: 'already-live', lines: [...signed.lines, `${request.release.version} serves \`${request.environment.name}\` already; it is identified again.`] }
  }
  const { strategy } = request.environment.rollout
  const route = stable === undefined ? 'first' : strategy
  const refusal = backupRefusal(request, history) ?? routeRefusal(request, route, can, measured)
  return refusal ?? { route, lines: [...overruledLines(overruled), ...budgets.map((found) => `${budgetText(found)}.`), ...signed.lines, ...backupLines(request, history), ...unmanagedLines(observed, request.environment.name), ...wayLines(request, route, stable?.release.version), ...returnLines(request, route, stable?.release.version, can)] }
}

function backupRefusal({ environment, receipt }: DeliveryRequest, history: EnvironmentHistory): Refused | undefined {
  if (environment.backup === undefined) return undefined
  const named = `\`${environment.name}\` has a \`backup\``
  if (receipt === undefined) return { reason: 'no-backup', message: `${named}, and no \`receipt\` was given. Run db-backup first and hand its \`receipt-id\` on.` }
  const found = history.facts.find((fact) => fact.type === 'receipt' && fact.receipt.id === receipt)
  if (found?.type !== 'receipt') return { reason: 'no-backup', message: `${named}, and the ledger knows no receipt "${receipt}". Hand on the \`receipt-id\` of a db-backup of this environment.` }
  if (found.receipt.verified !== null || environment.backup.acceptUnverified) return undefined
  const { listed } = found.receipt
  return { reason: 'no-backup', message: `${named}, and the backup of receipt "${receipt}" was ${listed === undefined ? 'neither read nor restored' : 'read and never restored'}. Take one with \`verify: restore\`, or set \`backup.accept-unverified\`.` }
}

/** A promise that nobody has tried is worth a line. */
function backupLines({ environment, receipt }: DeliveryRequest, history: EnvironmentHistory): readonly string[] {
  const found = history.facts.find((fact) => fact.type === 'receipt' && fact.receipt.id === receipt)
  if (environment.backup === undefined || found?.type !== 'receipt') return []
  return [found.receipt.verified === null ? `The backup of receipt "${found.receipt.id}" was never restored; \`backup.accept-unverified\` takes it all the same.` : `The backup of receipt "${found.receipt.id}" was restored and found equal.`]
}

function routeRefusal({ environment, force }: DeliveryRequest, route: Route, can: Capabilities, measured: boolean): Refused | undefined {
  if (route !== 'first' && can.keepsReleases === 0 && force === undefined) {
    return { reason: 'no-way-back', message: 'The platform keeps no earlier release. Give `force` with a reason to deliver without a way back.' }
  }
  if (route !== 'canary') return undefined
  if (environment.rollout.weights.every((weight) => weight >= 100)) {
    return { reason: 'weights-unsupported', message: `No weight of \`${environment.name}\` is below 100 %, so nothing could be judged. Add one to \`rollout.weights\`, or set \`rollout.strategy\` to \`blue-green\` or \`direct\`.` }
  }
  if (can.weights === 'none') return { reason: 'weights-unsupported', message: `The platform gives all traffic or none. Set \`rollout.strategy\` of \`${environment.name}\` to \`blue-green\` or \`direct\`.` }
  if (!measured) return { reason: 'no-metrics', message: `Set \`judge.metrics\` of \`${environment.name}\`, or \`rollout.strategy\` to \`blue-green\` or \`direct\`.` }
  return undefined
}

function wayLines({ environment, release }: DeliveryRequest, route: Route, live: string | undefined): readonly string[] {
  const { rollout, judge, migrate, triggers } = environment
  const start = [
    migrate?.up === undefined ? 'No migration command is set.' : 'The migration command runs first.',
    `Start ${servingImage(release)} beside what serves, at weight 0: healthy within ${readableDuration(rollout.healthyWithinMs)}, identified, ${environment.checks.length === 0 ? 'no checks are set' : `checks passed: ${environment.checks.map(({ name }) => name).join('; ')}`}.`,
  ]
  if (route === 'first') return [`No release serves \`${environment.name}\`: there is nothing to compare with.`, ...start, `Give ${release.version} 100 %.`]
  if (route === 'direct') return [...start, `Give ${release.version} 100 % at once; nothing is judged.`]
  if (route === 'blue-green') return [...start, `Give ${release.version} 100 % at once while ${live} stays ready; check it there, then let ${live} go.`]
  const rules = judge.checks.map(ruleOf)
  return [
    ...start,
    `Weights ${rollout.weights.join(' → ')} %, each held at least ${readableDuration(rollout.stepAtLeastMs)}; looked at every ${readableDuration(judge.pollMs)}, decided within ${readableDuration(rollout.decideWithinMs)}.`,
    ...rules,
    ...(triggers === undefined ? [] : triggerLines(triggers)),
    `Chance of sending a good release back ${100 * judge.alpha} %, of passing a bad one ${100 * judge.beta} %. Undecided: ${rollout.onUndecided}. No data: ${rollout.onNoData}.`,
  ]
}

function returnLines({ environment }: DeliveryRequest, route: Route, live: string | undefined, can: Capabilities): readonly string[] {
  if (live === undefined) return []
  const silentMs = environment.rollout.returnAfterMs + (route === 'blue-green' ? environment.rollout.healthyWithinMs : 0)
  const deadMan = `When this run falls silent for ${readableDuration(silentMs)} with traffic on trial, the platform sends it back by itself.`
  const nobody = 'The platform has no switch of its own for a dead runner; the next run heals.'
  const back = `Going back: ${live} keeps running until the end, and stays restorable afterwards (the platform keeps ${can.keepsReleases}).`
  return route === 'direct' ? [back] : [back, can.deadMan ? deadMan : nobody]
}

function ruleOf({ name, fail, pass, wanted }: MetricCheck): string {
  return wanted ? `${name}: fails below ${least(fail)}, passes above ${least(pass)}` : `${name}: fails above ${tolerance(fail)}, passes below ${tolerance(pass)}`
}

/** Of what is wanted it is the stable arm that is held against the candidate; people say it the other way round. */
function least({ relative, absolute }: ToleranceSpec): string {
  const points = Number((100 * absolute).toFixed(4))
  return `stable's rate −${Number((100 * (1 - 1 / relative)).toFixed(2))} %${points === 0 ? '' : ` −${points} points`}`
}

function tolerance({ relative, absolute }: ToleranceSpec): string {
  const percent = Number((100 * absolute).toFixed(4))
  if (relative === 0) return `${percent} %`
  return `stable's rate +${Number((100 * (relative - 1)).toFixed(2))} % +${percent} points`
}
