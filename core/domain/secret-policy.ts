import { readableDuration } from './duration.js'

/** How a new value comes about, and what is done around it. Commands are the user's own. */
export interface RotationRecipe {
  readonly make: { readonly kind: 'random'; readonly length: number; readonly alphabet: string } | { readonly kind: 'command'; readonly script: string }
  /** Proves that the new value works. */
  readonly verify?: string
  /** Ends the old value's life. */
  readonly revoke?: string
  /** `revoke` is not run without the old value at hand. */
  readonly revokeNeedsOld: boolean
  /** The old value is kept, sealed, beside the new one until the end, so that a later run can go back to it. */
  readonly keepPrevious: boolean
  /** Time limit of each command. */
  readonly withinMs: number
}

/** What the file says of one secret. Its value is never in the file. */
export interface SecretPolicy {
  readonly name: string
  readonly required: boolean
  readonly maxAgeMs?: number
  /** A regular expression that the value must match. */
  readonly shape?: string
  readonly rotate?: RotationRecipe
}

/** A secret as GitHub tells of it: never its value. */
export interface StoredSecret {
  readonly name: string
  /** Secrets of the repository or its organization reach the jobs of every environment; one of the environment wins over them. */
  readonly scope: 'environment' | 'repository' | 'organization'
  readonly updatedAt: number
}

export type FindingKind = 'missing' | 'too-old' | 'wrong-shape' | 'shape-unchecked' | 'shared' | 'good'

/** What was found out about one secret. Holds nothing of its value. */
export interface SecretFinding {
  readonly name: string
  readonly kind: FindingKind
  /** It speaks against the environment. */
  readonly bad: boolean
  readonly text: string
}

export interface SecretsSeen {
  readonly policies: readonly SecretPolicy[]
  readonly stored: readonly StoredSecret[]
  /** Values that this job has been given, by name. */
  readonly values: Readonly<Record<string, string | undefined>>
  readonly now: number
}

/** The old value of a secret is kept under this name while it is being rotated. */
export function previousName(name: string): string {
  return `${name}_PREVIOUS`
}

/** The one that a job of the environment gets: the nearest. */
export function effective(stored: readonly StoredSecret[], name: string): StoredSecret | undefined {
  const same = stored.filter((secret) => secret.name.toUpperCase() === name.toUpperCase())
  return (['environment', 'repository', 'organization'] as const).map((scope) => same.find((secret) => secret.scope === scope)).find((found) => found !== undefined)
}

/** Presence, age and shape of every secret that the file names, in its order; several findings where there are several. */
export function secretFindings({ policies, stored, values, now }: SecretsSeen): readonly SecretFinding[] {
  return policies.flatMap((policy): readonly SecretFinding[] => {
    const found = effective(stored, policy.name)
    if (found === undefined) return policy.required ? [finding(policy, 'missing', true, 'is not there')] : [finding(policy, 'good', false, 'is not there, and need not be')]
    const findings = [...ageOf(policy, found, now), ...shapeOf(policy, values), ...sharing(policy, found)]
    return findings.length > 0 ? findings : [finding(policy, 'good', false, `is there, set ${ago(found, now)}`)]
  })
}

/** Those with a recipe whose value is older than it may be. */
export function dueSecrets({ policies, stored, now }: Omit<SecretsSeen, 'values'>): readonly SecretPolicy[] {
  return policies.filter((policy) => {
    const found = effective(stored, policy.name)
    return policy.rotate !== undefined && policy.maxAgeMs !== undefined && found !== undefined && now - found.updatedAt > policy.maxAgeMs
  })
}

function ageOf(policy: SecretPolicy, found: StoredSecret, now: number): readonly SecretFinding[] {
  if (policy.maxAgeMs === undefined || now - found.updatedAt <= policy.maxAgeMs) return []
  const how = policy.rotate === undefined ? 'set a new one' : 'rotate it'
  return [finding(policy, 'too-old', true, `was set ${ago(found, now)}, and may be ${days(policy.maxAgeMs)} old: ${how}`)]
}

/** GitHub gives no value away: it can be looked at only where this job was handed it. */
function shapeOf(policy: SecretPolicy, values: SecretsSeen['values']): readonly SecretFinding[] {
  if (policy.shape === undefined) return []
  const value = values[policy.name]
  if (value === undefined || value === '') return [finding(policy, 'shape-unchecked', false, `its shape was not checked: this job is not given the value; add \`${policy.name}: \${{ secrets.${policy.name} }}\` to \`env:\``)]
  return fits(policy.shape, value) ? [] : [finding(policy, 'wrong-shape', true, `its value does not match ${policy.shape}`)]
}

function sharing(policy: SecretPolicy, found: StoredSecret): readonly SecretFinding[] {
  if (found.scope === 'environment') return []
  return [finding(policy, 'shared', false, `belongs to the ${found.scope}, so that jobs without this environment's gates get it too`)]
}

/** Whether a value has the shape that is wanted. */
export function fits(shape: string, value: string): boolean {
  return new RegExp(shape, 'u').test(value)
}

function finding(policy: SecretPolicy, kind: FindingKind, bad: boolean, text: string): SecretFinding {
  return { name: policy.name, kind, bad, text }
}

const DAY = 86_400_000

function ago(found: StoredSecret, now: number): string {
  return `${days(Math.max(0, now - found.updatedAt))} ago`
}

function days(ms: number): string {
  if (ms < 2 * DAY) return readableDuration(ms)
  return `${Math.floor(ms / DAY)} days`
}
