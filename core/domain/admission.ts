import type { BudgetRefusal } from './budget-gate.js'
import { frozenAt, shownUntil, type Freezable, type Freeze } from './freeze.js'
import { lastForward, type EnvironmentHistory, type Overruled } from './history.js'
import { sameRelease, type Release } from './release.js'

export type Refusal = {
  readonly reason: 'superseded' | 'marked-bad' | 'frozen'
  readonly message: string
}

/** Whether a delivery may go forward, and what was overruled for it. */
export interface Admission<R = Refusal> {
  readonly refused?: R
  readonly overruled?: Overruled
}

export interface Asked {
  readonly kind: Freezable
  readonly environment: string
  readonly release: Release
  readonly requestedAt: number
  /** Why the record, or the budget, is overruled. */
  readonly force?: string | undefined
  /** Why a freeze is overruled. */
  readonly breakGlass?: string | undefined
}

/** By the record, which lasts, by the error budgets, then by the clock; a reason given for it overrules each of them. */
export function admission<B extends BudgetRefusal = never>(history: EnvironmentHistory, freeze: Freeze | undefined, asked: Asked & { /** What the error budgets say against it. */ readonly budget?: B | undefined }, now: number): Admission<Refusal | B> {
  const { force, breakGlass } = asked
  const known = [refusal(history, { release: asked.release, requestedAt: asked.requestedAt }), asked.budget].filter((one) => one !== undefined)
  const [record] = known
  const frozen = freezeRefusal(freeze, asked, now)
  const refused = force === undefined && record !== undefined ? record : breakGlass === undefined ? frozen : undefined
  if (refused !== undefined) return { refused }
  const what = [...known, frozen].flatMap((one) => (one === undefined ? [] : [one.reason]))
  const reasons = [record === undefined ? undefined : force, frozen === undefined ? undefined : breakGlass].filter((reason) => reason !== undefined)
  return what.length === 0 ? {} : { overruled: { reason: [...new Set(reasons)].join('; '), what } }
}

/** Whether a delivery may go forward by what the record says; a reason given with `force` overrules it. */
export function refusal(
  history: EnvironmentHistory,
  delivery: { readonly release: Release; readonly requestedAt: number; readonly force?: string },
): Refusal | undefined {
  if (delivery.force !== undefined) return undefined
  const newer = lastForward(history)
  if (newer !== undefined && newer.intent.requestedAt > delivery.requestedAt && !sameRelease(newer.intent.release, delivery.release)) {
    return {
      reason: 'superseded',
      message: `Release ${newer.intent.release.version} was asked for after this one (${time(newer.intent.requestedAt)} against ${time(delivery.requestedAt)}) and has gone live. Deliver a newer release, or give \`force\` with a reason.`,
    }
  }
  const against = history.deliveries.findLast(({ intent, result }) => decides(intent.release, result?.bad, result?.ok === true, delivery.release))
  if (against?.result?.bad !== undefined && sameRelease(against.result.bad, delivery.release)) {
    return {
      reason: 'marked-bad',
      message: `Release ${delivery.release.version} is marked bad since ${time(against.result.at)}: ${against.result.reason} in delivery ${against.id}. Deliver a corrected release, or give \`force\` with a reason.`,
    }
  }
  return undefined
}

function freezeRefusal(freeze: Freeze | undefined, { kind, environment }: Asked, now: number): Refusal | undefined {
  const frozen = freeze?.appliesTo.includes(kind) === true ? frozenAt(freeze, now) : undefined
  if (frozen === undefined) return undefined
  return {
    reason: 'frozen',
    message: `\`${environment}\` is frozen by \`${frozen.window.text}\`, ${shownUntil(frozen)}. Deliver when that is over, or give \`break-glass\` with a reason that is recorded. A rollback is never frozen.`,
  }
}

/** The newest delivery that says something about a release: spoke against it, or brought it live well. */
function decides(delivered: Release, bad: Release | undefined, ok: boolean, release: Release): boolean {
  return (bad !== undefined && sameRelease(bad, release)) || (ok && sameRelease(delivered, release))
}

function time(at: number): string {
  return new Date(at).toISOString()
}
