import { z } from 'zod'
import { alphabetOf, bitsOf, LEAST_BITS } from '../domain/random-value.js'
import { markName } from '../domain/rotation.js'
import type { RotationRecipe, SecretPolicy } from '../domain/secret-policy.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { choice, duration, formed, milliseconds, text, whole, yesNo } from './words.js'

const USUAL_ALPHABET = 'a-zA-Z0-9'

const name = z.string({ error: 'the name of a secret' })
  .regex(/^(?!GITHUB_|ECLUSE_)[A-Z_][A-Z0-9_]*$/, { error: 'a name of capitals, digits and `_` that begins with neither `GITHUB_` nor `ECLUSE_`' })

const random = z.strictObject({
  length: whole('Characters.', 8, 4096, 40).optional(),
  alphabet: formed(/^[\x21-\x7e]+$/, 'characters and ranges of them, such as `a-zA-Z0-9_`', { description: 'Characters that it is made of, with ranges as `a-z`.', default: USUAL_ALPHABET }).optional(),
}).nullable().meta({ description: 'A random value of the system, every character as likely as every other.', examples: [{ length: 40 }] })

const rotate = z.strictObject({
  random: random.optional(),
  command: text('Command whose last line of standard output is the new value. It may be run again after an interruption.', './new-password.sh').optional(),
  verify: text('Command that proves that the new value, `ECLUSE_SECRET`, works.', './try-password.sh').optional(),
  revoke: text('Command that ends the life of the old value, `ECLUSE_SECRET_OLD`; run once the new one has been proven.', './drop-password.sh').optional(),
  'revoke-needs-old': yesNo('`revoke` is not run where the old value is not at hand.', true).optional(),
  previous: choice('Keep the old value, sealed as `<NAME>_PREVIOUS`, until the rotation has ended, so that a run after an interruption can put it back.', ['forget', 'keep'], 'forget').optional(),
  within: duration('Time limit of each command.', '10m').optional(),
}).refine((value) => (value.random === undefined) !== (value.command === undefined), { error: '`random` or `command`, one of them' })
  .meta({ description: 'How a new value comes about. The mode `rotate` of setup-environments carries it out.', examples: [{ random: { length: 40 } }, { command: './new-password.sh', verify: './try-password.sh' }] })

const policy = z.strictObject({
  required: yesNo('It must be there.', true).optional(),
  'max-age': duration('It may be so old; older ones are told, and rotated where there is a recipe.').optional(),
  shape: text('Regular expression that its value must match; looked at where the job is given the value.', '^postgres(ql)?://').optional(),
  rotate: rotate.optional(),
}).nullable().meta({ description: 'What is asked of one secret.', examples: [{ 'max-age': '90d' }] })

/** A list of names, or more about each. Values have no place in it. */
export const secretsSchema = z.union([z.array(name), z.record(name, policy)], { error: 'a list of names, or a mapping of names to what is asked of them' })
  .meta({ description: 'Secrets that the environment needs on GitHub, by name; never their values.', examples: [['DATABASE_URL'], { DATABASE_URL: { 'max-age': '90d', shape: '^postgres(ql)?://' } }] })

type SecretsFile = z.infer<typeof secretsSchema>
type RotateFile = z.infer<typeof rotate>

export function secretsOf(file: SecretsFile): readonly SecretPolicy[] {
  return entriesOf(file).map(([secret, asked]) => ({
    name: secret,
    required: asked?.required ?? true,
    ...(asked?.['max-age'] === undefined ? {} : { maxAgeMs: milliseconds(asked['max-age']) }),
    ...(asked?.shape === undefined ? {} : { shape: asked.shape }),
    ...(asked?.rotate === undefined ? {} : { rotate: recipeOf(asked.rotate) }),
  }))
}

function entriesOf(file: SecretsFile): readonly (readonly [string, z.infer<typeof policy>])[] {
  return Array.isArray(file) ? file.map((secret) => [secret, null]) : Object.entries(file)
}

function recipeOf(file: RotateFile): RotationRecipe {
  return {
    make: file.command === undefined
      ? { kind: 'random', length: file.random?.length ?? 40, alphabet: file.random?.alphabet ?? USUAL_ALPHABET }
      : { kind: 'command', script: file.command },
    ...(file.verify === undefined ? {} : { verify: file.verify }),
    ...(file.revoke === undefined ? {} : { revoke: file.revoke }),
    revokeNeedsOld: file['revoke-needs-old'] ?? true,
    keepPrevious: file.previous === 'keep',
    withinMs: milliseconds(file.within ?? '10m'),
  }
}

/** What the shape of the file can't say: expressions and alphabets that are none, values that could be guessed, revoking blindly. */
export function secretProblems({ secrets }: { readonly secrets?: SecretsFile | undefined }, places: Places): readonly Problem[] {
  if (secrets === undefined) return []
  const settled = secretsOf(secrets)
  const problem = (path: readonly string[], message: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(['secrets', ...path])}: \`${places.name(['secrets', ...path])}\` ${message}.`, fix })
  const twice = settled.filter((secret, index) => settled.findIndex((other) => other.name === secret.name) < index)
  return [
    ...twice.map((secret) => problem([], `names \`${secret.name}\` twice`, 'Name it once.')),
    ...settled.flatMap((secret) => [...shapeProblems(secret, problem), ...(secret.rotate === undefined ? [] : recipeProblems(secret.name, secret.rotate, problem))]),
  ]
}

type Tell = (path: readonly string[], message: string, fix: string) => Problem

function shapeProblems({ name: secret, shape }: SecretPolicy, problem: Tell): readonly Problem[] {
  if (shape === undefined || isExpression(shape)) return []
  return [problem([secret, 'shape'], 'is no regular expression', 'Write one that JavaScript reads with the flag `u`; a literal `/` or `-` needs no backslash.')]
}

function isExpression(shape: string): boolean {
  try {
    return new RegExp(shape, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function recipeProblems(secret: string, { make, verify, revoke }: RotationRecipe, problem: Tell): readonly Problem[] {
  const alphabet = make.kind === 'random' ? alphabetOf(make.alphabet) : undefined
  const weak = make.kind === 'random' && alphabet !== undefined && bitsOf(make.length, alphabet) < LEAST_BITS
  return [
    ...(make.kind === 'random' && alphabet === undefined ? [problem([secret, 'rotate', 'random', 'alphabet'], 'is no list of characters', 'Write at least two characters or a range, such as `a-zA-Z0-9_`; a `-` of its own stands last.')] : []),
    ...(weak ? [problem([secret, 'rotate', 'random'], `makes values of ${Math.floor(bitsOf(make.length, alphabet))} bits, which could be guessed`, `Make it longer, or its alphabet larger, for ${LEAST_BITS} bits.`)] : []),
    ...(revoke !== undefined && verify === undefined ? [problem([secret, 'rotate', 'revoke'], 'stands without `verify`: the old value would be revoked with nobody knowing whether the new one works', 'Add `verify`.')] : []),
    ...(markName(secret).length > 100 ? [problem([secret], 'is a name too long to be rotated', 'Shorten it.')] : []),
  ]
}
