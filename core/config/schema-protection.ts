import { z } from 'zod'
import { parseDuration } from '../domain/duration.js'
import { LIMITS, type Protection, type RefPolicy } from '../domain/protection/wanted.js'
import type { Problem } from '../errors/families.js'
import { secretKind } from './literal-secrets.js'
import type { Places } from './problems.js'
import { choice, durationOrNone, formed, milliseconds, yesNo } from './words.js'

const MINUTE = 60_000

/** GitHub takes logins, slugs and variables for the same whatever their case. */
const distinct = (all: readonly string[]): boolean => new Set(all.map((one) => one.toLowerCase())).size === all.length

/** What is odd about a pattern can only be a slip: GitHub matches it against the bare name of a branch or tag. */
const pattern = (kind: string, example: string): z.ZodString =>
  formed(/^(?!refs\/)[^\s~^:\\]+$/, `a name or a pattern of ${kind}, such as \`${example}\`, without \`refs/…\` before it`, { description: `A pattern of ${kind}; \`*\` does not cross a \`/\`.`, examples: [example] })

const patterns = (kind: string, example: string): z.ZodType<string[]> =>
  z.array(pattern(kind, example), { error: `a list of ${kind}, such as \`["${example}"]\`` })
    .refine((all) => new Set(all).size === all.length, { error: 'each pattern once' })

const wait = durationOrNone('Time that a job waits before it may begin, in whole minutes, up to 30 days.')
  .refine((written) => {
    const minutes = (parseDuration(written) ?? 0) / MINUTE
    return Number.isInteger(minutes) && minutes <= LIMITS.waitMinutes
  }, { error: 'whole minutes from `0m` to `30d`, such as `10m` or `2h`' })

export const protectionSchema = z.strictObject({
  reviewers: z.array(formed(/^(team\/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'a login, such as `alice`, or a team, such as `team/ops`', { description: 'A login or a team.', examples: ['alice', 'team/ops'] }))
    .max(LIMITS.reviewers, { error: `at most ${LIMITS.reviewers}, GitHub takes no more; a team counts as one` })
    .refine(distinct, { error: 'each reviewer once' })
    .meta({ description: 'Who may approve a deployment, one of them is enough: logins, and teams of the owner as `team/<slug>`. An empty list: nobody needs to.', examples: [['alice', 'team/ops']] }).optional(),
  wait: wait.meta({ description: 'Time that a job waits before it may begin, in whole minutes, up to 30 days.', examples: ['10m', '0m'] }).optional(),
  'self-review': yesNo('Whoever started a run may approve it.', true).optional(),
  branches: z.union([patterns('branches', 'release/*'), choice('Which branches.', ['all', 'protected'])], { error: '`all`, `protected` or a list of patterns, such as `[main, "release/*"]`' })
    .meta({ description: 'Which branches may deploy: all, those with branch protection, or those that fit a pattern. A list lets no tag through but those in `tags`.', examples: [['main', 'release/*'], 'protected'] }).optional(),
  tags: patterns('tags', 'v*').meta({ description: 'Which tags may deploy. Without `branches`, nothing but them may.', examples: [['v*']] }).optional(),
  rules: z.array(formed(/^[a-z0-9][a-z0-9-]*$/, "the slug of a GitHub App, such as `my-gate`", { description: 'Slug of an app.', examples: ['my-gate'] }))
    .max(LIMITS.rules, { error: `at most ${LIMITS.rules}, GitHub takes no more` })
    .refine(distinct, { error: 'each app once' })
    .meta({ description: 'GitHub Apps that guard the environment (custom protection rules), by slug. They must be installed.', examples: [['my-gate']] }).optional(),
}).meta({ description: "The environment's gates on GitHub, made so by setup-environments. What is not named is left as it is." })

export const variablesSchema = z.record(
  z.string().regex(/^(?!GITHUB_|ECLUSE_)[A-Z_][A-Z0-9_]*$/i, { error: 'a name of letters, digits and `_` that begins with neither `GITHUB_` nor `ECLUSE_`' }),
  z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, or `true` or `false`' }),
).refine((all) => distinct(Object.keys(all)), { error: 'each name once; GitHub takes capitals and small letters for the same' })
  .refine((all) => Object.keys(all).length <= LIMITS.variables, { error: `at most ${LIMITS.variables} variables, GitHub takes no more` })
  .refine((all) => Object.values(all).every((value) => new TextEncoder().encode(String(value)).length <= LIMITS.variableBytes), { error: 'values of at most 48 KB, GitHub takes no more' })
  .meta({ description: 'Variables of the environment on GitHub (`vars.NAME` in a workflow), made so by setup-environments. Not secret.', examples: [{ REGION: 'eu-west-1' }] })

type ProtectionFile = z.infer<typeof protectionSchema>

export function protectionOf(file: ProtectionFile): Protection {
  const refs = refsOf(file)
  return {
    ...(file.reviewers === undefined ? {} : { reviewers: file.reviewers }),
    ...(file.wait === undefined ? {} : { waitMinutes: milliseconds(file.wait) / MINUTE }),
    ...(file['self-review'] === undefined ? {} : { selfReview: file['self-review'] }),
    ...(refs === undefined ? {} : { refs }),
    ...(file.rules === undefined ? {} : { rules: file.rules }),
  }
}

/** One setting on GitHub: whoever names branches says that no tag may, and the other way round. */
function refsOf({ branches, tags }: ProtectionFile): RefPolicy | undefined {
  if (branches === undefined && (tags === undefined || tags.length === 0)) return undefined
  if (typeof branches === 'string') return { kind: branches }
  return { kind: 'patterns', branches: branches ?? [], tags: tags ?? [] }
}

export function variablesOf(file: z.infer<typeof variablesSchema>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(file).map(([name, value]) => [name.toUpperCase(), String(value)]))
}

interface EnvironmentPart {
  readonly protection?: ProtectionFile | undefined
  readonly variables?: z.infer<typeof variablesSchema> | undefined
}

/** What can only be said of an environment with all that it extends, and with what its variables bring in. */
export function protectionProblems({ protection: file, variables = {} }: EnvironmentPart, places: Places): readonly Problem[] {
  const problem = (path: readonly string[], message: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` ${message}.`, fix })
  const { branches, tags = [] } = file ?? {}
  const secrets = Object.entries(variables).flatMap(([name, value]) => {
    const kind = secretKind(name, String(value))
    return kind === undefined ? [] : [problem(['variables', name], `holds ${kind}, and variables are there for everybody to read`, 'Make it a secret: name it under `secrets`, and set its value on GitHub.')]
  })
  return [
    ...secrets,
    ...(typeof branches === 'string' && tags.length > 0 ? [problem(['protection', 'tags'], `stands beside \`branches: ${branches}\`, and GitHub takes patterns of tags only where branches are patterns too`, 'Write `branches` as a list, or `tags: []`.')] : []),
    ...(Array.isArray(branches) && branches.length === 0 && tags.length === 0 ? [problem(['protection', 'branches'], 'is empty and there are no `tags`: nothing could ever deploy', 'Name a branch or a tag, or write `branches: all`.')] : []),
    ...(file?.['self-review'] === false && file.reviewers?.length === 0 ? [problem(['protection', 'self-review'], 'is `false` where `reviewers` is empty: there is nothing to approve', 'Name reviewers, or write `self-review: true`.')] : []),
  ]
}
