/** The judge's state as JSON, so that the evidence of a killed run is not lost. −∞ is written as null. */
import { newCheckState, type CheckState } from './check.js'
import type { Evidence } from './evidence.js'
import { fillDefaults, type JudgeSettings } from './settings.js'

export interface CheckSnapshot extends Readonly<Omit<CheckState, 'evidence'>> {
  readonly evidence: Readonly<Omit<Evidence, 'fail'>> & { readonly fail: readonly (number | null)[] }
}

export interface JudgeSnapshot {
  readonly format: 1
  /** The complete settings the evidence was gathered under; another config can't continue it. */
  readonly settings: JudgeSettings
  /** Second of the first poll on the caller's clock; null before it. */
  readonly start: number | null
  readonly failed: boolean
  /** In the order of `settings.checks`. */
  readonly checks: readonly CheckSnapshot[]
}

/** A snapshot that is damaged or belongs to another config. */
export class JudgeSnapshotError extends Error {
  constructor(fact: string) {
    super(`The saved state of the judge can't be continued: ${fact}`)
    this.name = 'JudgeSnapshotError'
  }
}

export function encodeCheck(state: CheckState): CheckSnapshot {
  const { evidence } = state
  return {
    ...state,
    scales: state.scales.map((scale) => ({ ...scale })),
    evidence: { ...evidence, fail: evidence.fail.map((value) => (value === -Infinity ? null : value)) },
  }
}

/** The states in a snapshot, or a JudgeSnapshotError. Checks every field: a snapshot comes from outside. */
export function decodeChecks(snapshot: JudgeSnapshot, settings: JudgeSettings): readonly CheckState[] {
  const fresh = settings.checks.map(() => encodeCheck(newCheckState(settings)))
  const template = { format: 1, settings: {}, start: null, failed: false, checks: fresh }
  const fault = firstFault(template, snapshot, 'snapshot')
  if (fault !== undefined) throw new JudgeSnapshotError(fault)
  if (snapshot.format !== 1) throw new JudgeSnapshotError(`its format is ${String(snapshot.format)}, not 1`)
  if (!sameSettings(snapshot.settings, settings)) throw new JudgeSnapshotError('it was made under other settings')
  return snapshot.checks.map((check) => ({
    ...check,
    scales: check.scales.map((scale) => ({ ...scale })),
    evidence: { ...check.evidence, fail: check.evidence.fail.map((value) => value ?? -Infinity) },
  }))
}

function sameSettings(saved: JudgeSettings, wanted: JudgeSettings): boolean {
  return firstFault(wanted, saved, 'settings') === undefined && JSON.stringify(fillDefaults(saved)) === JSON.stringify(wanted)
}

/** Where `value` lacks the shape of `template`; a null there stands for "a number or null". */
function firstFault(template: unknown, value: unknown, path: string): string | undefined {
  if (template === null) return value === null || Number.isFinite(value) ? undefined : `${path} is no number`
  if (typeof template === 'number') return Number.isFinite(value) ? undefined : `${path} is no number`
  if (typeof template !== 'object') return typeof value === typeof template ? undefined : `${path} is no ${typeof template}`
  if (typeof value !== 'object' || value === null) return `${path} is missing`
  if (Array.isArray(template) && (!Array.isArray(value) || value.length !== template.length)) {
    return `${path} has not ${template.length} entries`
  }
  for (const [key, part] of Object.entries(template)) {
    const fault = firstFault(part, Reflect.get(value, key), `${path}.${key}`)
    if (fault !== undefined) return fault
  }
  return undefined
}
