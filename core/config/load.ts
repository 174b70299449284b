import type { z } from 'zod'
import type { BuildSettings, Environment } from '../domain/environment.js'
import { InputError, type Problem } from '../errors/families.js'
import { interpolate, readSource, type KeyPath, type Source } from './document.js'
import { chainOf, isMapping, mergedChain, type Chain } from './extends.js'
import { literalSecrets } from './literal-secrets.js'
import { override } from './overrides.js'
import { problemsOf, unserved, type Places } from './problems.js'
import { buildSchema, environmentSchema, fileSchema, type BuildFile, type EnvironmentFile } from './schema.js'
import { settleBuild, settleEnvironment } from './settle.js'

/** Where the configuration comes from. */
export interface Asked {
  readonly files: { textIfThere(path: string): Promise<string | undefined> }
  /** The file, absolute. */
  readonly path: string
  /** How people name it, for messages. */
  readonly shownAs?: string
  /** The file may be absent. */
  readonly optional: boolean
  /** Inputs that were given, by name; each wins over the file. */
  readonly overrides: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** The application's name when nobody gives one. */
  readonly fallbackApp: string
}

interface Loaded {
  readonly source?: Source
  readonly file: Readonly<Record<string, unknown>>
  readonly problems: Problem[]
  /** What environment variables brought in: never shown. */
  readonly hidden: string[]
}

/** One environment from file, inputs and defaults. Rejects with one `InputError` that names every problem. */
export async function loadEnvironment(asked: Asked & { readonly name: string }): Promise<Environment> {
  const loaded = await load(asked, (file, at) => chainOf(isMapping(file['environments']) ? file['environments'] : {}, asked.name, at))
  const { file, source, problems } = loaded
  const environments = isMapping(file['environments']) ? file['environments'] : {}
  if (source !== undefined && asked.name !== '' && !Object.hasOwn(environments, asked.name) && asked.overrides['platform'] === undefined && asked.overrides['url'] === undefined) {
    problems.push({ code: 'config-missing', message: `${source.name} has no environment \`${asked.name}\`.`, fix: `Add \`environments.${asked.name}\`, or name one of: ${Object.keys(environments).join(', ') || 'there is none'}.` })
  }
  const { chain } = chainOf(environments, asked.name, () => '')
  const merged = withIdentity(mergedChain(environments, chain), file['identity'])
  const over = override('environment', merged, asked.overrides)
  problems.push(...over.problems)
  const places = placesIn(source, chain, over.inputFor, asked.name)
  const parsed = environmentSchema.safeParse(over.value)
  const served = unserved(environmentSchema, over.value, [], places)
  problems.push(...served, ...(parsed.success ? [] : problemsOf(parsed.error, environmentSchema, over.value, places)))
  const settled = parsed.success ? settleEnvironment(parsed.data satisfies EnvironmentFile, { name: asked.name, ...aboutOf(file, asked) }, places) : undefined
  problems.push(...(settled?.problems ?? []))
  refuse(problems, loaded.hidden)
  return settled!.environment
}

/** How the image is made, from file, inputs and defaults. */
export async function loadBuild(asked: Asked & { readonly usualPlatform: string }): Promise<BuildSettings> {
  const loaded = await load(asked, () => ({ chain: [], problems: [] }))
  const { file, source, problems } = loaded
  const over = override('build', file['build'] ?? {}, asked.overrides)
  problems.push(...over.problems)
  const places: Places = {
    at: (path) => inputPlace(over.inputFor(path)) ?? source?.at(['build', ...path]) ?? 'build',
    name: (path) => (over.inputFor(path) === undefined ? ['build', ...path].join('.') : String(over.inputFor(path))),
  }
  const parsed = buildSchema.safeParse(over.value)
  problems.push(...unserved(buildSchema, over.value, [], places), ...(parsed.success ? [] : problemsOf(parsed.error, buildSchema, over.value, places)))
  refuse(problems, loaded.hidden)
  return settleBuild(parsed.data satisfies BuildFile | undefined as BuildFile, aboutOf(file, asked), asked.usualPlatform)
}

/** Reads the file once: its YAML, its secrets, its variables where they count, and the keys of every part. */
async function load(asked: Asked, follow: (file: Readonly<Record<string, unknown>>, at: Source['at']) => { readonly chain: Chain; readonly problems: readonly Problem[] }): Promise<Loaded> {
  const shown = asked.shownAs ?? asked.path.split('/').at(-1)!
  const content = await asked.files.textIfThere(asked.path)
  if (content === undefined) {
    if (!asked.optional) throw new InputError([{ code: 'config-missing', message: `There is no file ${asked.path}, which the input \`config\` names.` }])
    return { file: {}, problems: [], hidden: [] }
  }
  const { source, problems: faults } = readSource(shown, content)
  if (faults.length > 0) refuse([...faults], [])
  const raw: unknown = source.document.toJS()
  if (raw !== null && !isMapping(raw)) refuse([{ code: 'config-invalid', message: `${shown}:1:1: the file is not a mapping.`, fix: 'Begin it with `app: <name>`.' }], [])
  const before = isMapping(raw) ? raw : {}
  const followed = follow(before, source.at)
  // Before variables are put in: those may hold secrets, that is what they are for.
  const written = literalSecrets(source)
  const scopes: KeyPath[] = [...Object.keys(before).filter((key) => key !== 'environments').map((key) => [key]), ...followed.chain.map((name) => ['environments', name])]
  const replaced = scopes.map((scope) => interpolate(source, scope, asked.env))
  const value: unknown = source.document.toJS()
  const file = isMapping(value) ? value : {}
  const problems = [...followed.problems, ...written, ...replaced.flatMap((one) => one.problems), ...fileProblems(source, file, followed.chain)]
  return { source, file, problems, hidden: replaced.flatMap((one) => one.values) }
}

/** Problems of the file outside the environment that is loaded; of other environments only keys that do not exist. */
function fileProblems(source: Source, file: Readonly<Record<string, unknown>>, chain: Chain): readonly Problem[] {
  const parsed = fileSchema.safeParse(file)
  if (parsed.success) return []
  const elsewhere = parsed.error.issues.filter((issue) => {
    const [room, name] = issue.path
    return room !== 'environments' || (issue.code === 'unrecognized_keys' && !chain.includes(String(name))) || issue.path.length < 2
  })
  const places: Places = { at: source.at, name: (path) => path.join('.') }
  return problemsOf({ issues: elsewhere } as z.ZodError, fileSchema, file, places)
}

/** A path of the merged environment is written in the nearest environment of the chain that has it. */
function placesIn(source: Source | undefined, chain: Chain, inputFor: (path: KeyPath) => string | undefined, name: string): Places {
  const owner = (path: KeyPath): string => chain.find((link) => source?.document.hasIn(['environments', link, ...path])) ?? chain.find((link) => source?.document.hasIn(['environments', link, ...path.slice(0, -1)])) ?? name
  return {
    at: (path) => inputPlace(inputFor(path)) ?? source?.at(['environments', owner(path), ...path]) ?? 'inputs',
    name: (path) => ['environments', owner(path), ...path].join('.'),
  }
}

function inputPlace(input: string | undefined): string | undefined {
  return input === undefined ? undefined : `Input \`${input}\``
}

/** How answers name their release is mostly true of the application, so the file may say it once. */
function withIdentity(environment: Readonly<Record<string, unknown>>, identity: unknown): Readonly<Record<string, unknown>> {
  return identity === undefined || environment['identity'] !== undefined ? environment : { ...environment, identity }
}

function aboutOf(file: Readonly<Record<string, unknown>>, { overrides, fallbackApp }: Asked): { app: string; state: string } {
  const word = (given: string | undefined, written: unknown, usual: string): string => given ?? (typeof written === 'string' && written !== '' ? written : usual)
  return { app: word(overrides['app'], file['app'], fallbackApp), state: word(overrides['state'], file['state'], '.ecluse') }
}

/** Throws when there is a problem; values that came from the environment are never in a message. */
function refuse(problems: readonly Problem[], hidden: readonly string[]): void {
  const hide = (text: string): string => hidden.filter((value) => value.length > 2).reduce((shown, value) => shown.replaceAll(value, '***'), text)
  const seen = new Map(problems.map((problem) => [problem.message, { ...problem, message: hide(problem.message) }]))
  const [first, ...rest] = [...seen.values()]
  if (first !== undefined) throw new InputError([first, ...rest])
}
