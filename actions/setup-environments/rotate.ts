import type { Environment } from '../../core/domain/environment.js'
import { dueSecrets, effective, previousName, type SecretPolicy, type StoredSecret } from '../../core/domain/secret-policy.js'
import { InputError, messageOf, type Problem } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { SetupOutcome } from './outcome.js'
import { rotateOne } from './rotation/one.js'
import { rotationOutcome } from './rotation/report.js'
import type { RotationPorts, Turn, Turned } from './rotation/turn.js'

export interface RotateRequest {
  readonly environment: Environment
  /** Names; empty: those that are older than they may be. */
  readonly names: readonly string[]
  /** Values that this job was given, by name. */
  readonly values: Readonly<Record<string, string | undefined>>
  readonly startedAt: number
}

/** Gives secrets new values: one after the other, each proven before the next is touched. */
export async function rotate(request: RotateRequest, ports: RotationPorts, ambient: Ambient): Promise<SetupOutcome> {
  const turned: Turned[] = []
  let left: readonly string[] = []
  try {
    // 1. Which of them: by name, by age, and whatever a run that is gone has begun.
    const stored = await ports.secrets.list(request.environment.name)
    const chosen = await choose(request, stored, ports, ambient)

    // 2. One after the other; what did not end well ends it, for the next would hardly do better.
    for (const [index, policy] of chosen.entries()) {
      ambient.signal.throwIfAborted()
      left = chosen.slice(index + 1).map(({ name }) => name)
      const one = await rotateOne(turnOf(request, policy, ports, ambient), effective(stored, policy.name))
      turned.push(one)
      ambient.log.info(one.text)
      if (one.end !== 'rotated' && one.end !== 'rotated-unverified') break
      left = []
    }
    return rotationOutcome(request.environment.name, turned, left)
  } catch (fault) {
    if (!ambient.signal.aborted) throw fault
    return rotationOutcome(request.environment.name, [...turned, { name: '', end: 'cancelled', text: `Cancelled: ${messageOf(fault)}` }], left)
  }
}

async function choose(request: RotateRequest, stored: readonly StoredSecret[], ports: RotationPorts, ambient: Ambient): Promise<readonly SecretPolicy[]> {
  const chosen = await chosenOf(request, stored, ports, ambient)
  const { name: environment } = request.environment
  const taken = chosen.filter(({ name, rotate: recipe }) => recipe?.keepPrevious === true && stored.some((one) => one.scope === 'environment' && one.name === previousName(name)))
  // One that an unfinished rotation has put there is its own.
  const marked = taken.length === 0 ? [] : await ports.marks.marked(environment)
  refuse(taken.filter(({ name }) => !marked.includes(name)).map(({ name }) => ({
    code: 'input-invalid', message: `\`${environment}\` has a secret \`${previousName(name)}\`, where the old value of \`${name}\` would be kept and removed in the end: nobody could bring back what is in it now.`, fix: 'Give it another name, or remove it when nobody needs it.',
  })))
  return chosen
}

async function chosenOf({ environment, names, values }: RotateRequest, stored: readonly StoredSecret[], ports: RotationPorts, ambient: Ambient): Promise<readonly SecretPolicy[]> {
  const policies = environment.secrets ?? []
  if (names.length > 0) {
    refuse(names.flatMap((name) => nameProblems(name, environment)))
    return unlessCopied(policies.filter(({ name }) => names.includes(name)), values)
  }
  const due = dueSecrets({ policies, stored, now: ambient.clock.now() })
  const marked = await ports.marks.marked(environment.name)
  return unlessCopied(policies.filter((policy) => due.includes(policy) || (policy.rotate !== undefined && marked.includes(policy.name))), values)
}

/** A copy in `ECLUSE_ENV` wins over the secret itself, and no rotation changes it. */
function unlessCopied(policies: readonly SecretPolicy[], values: RotateRequest['values']): readonly SecretPolicy[] {
  const copied = policies.filter(({ name }) => new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=`, 'm').test(values['ECLUSE_ENV'] ?? ''))
  refuse(copied.map(({ name }) => ({
    code: 'input-invalid', message: `\`ECLUSE_ENV\` holds \`${name}\` too: whoever reads it there would go on with the old value.`, fix: `Take it out of \`ECLUSE_ENV\`, and hand it over as \`${name}: \${{ secrets.${name} }}\` in \`env:\`.`,
  })))
  return policies
}

function nameProblems(name: string, { name: environment, secrets = [] }: Environment): readonly Problem[] {
  const policy = secrets.find((secret) => secret.name === name)
  const at = `environments.${environment}.secrets`
  if (policy === undefined) return [{ code: 'input-invalid', message: `Input \`secret\` names \`${name.slice(0, 80)}\`, which \`${at}\` does not.`, fix: secrets.length === 0 ? `Name it in \`${at}\`, with \`rotate\`.` : `Use one of ${secrets.map((secret) => secret.name).join(', ')}.` }]
  if (policy.rotate === undefined) return [{ code: 'input-invalid', message: `Input \`secret\` names \`${name}\`, which has no recipe.`, fix: `Add \`rotate\` to \`${at}.${name}\`.` }]
  return []
}

function refuse(problems: readonly Problem[]): void {
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
}

function turnOf({ environment, values, startedAt }: RotateRequest, policy: SecretPolicy, ports: RotationPorts, ambient: Ambient): Turn {
  return {
    environment: environment.name, name: policy.name, recipe: policy.rotate!, values, startedAt, ports, ambient,
    ...(policy.shape === undefined ? {} : { shape: policy.shape }),
  }
}
