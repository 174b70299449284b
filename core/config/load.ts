import type { BuildSettings, Environment } from '../domain/environment.js'
import { InputError, type Problem } from '../errors/families.js'
import { closest } from '../domain/closest.js'
import { readSource, valuesOf, type KeyPath, type Source } from './document.js'
import { chainOf, isMapping, mergedChain, shadowed, type Chain } from './extends.js'
import { interpolate, type Brought } from './interpolation.js'
import { layersFor } from './layers/apply.js'
import type { LayerFiles } from './layers/layer-set.js'
import { loadAccepted } from './load-accepted.js'
import { literalSecrets, secretKind, settledSecrets } from './literal-secrets.js'
import { given, override } from './overrides.js'
import { problemsOf, unserved, type Places } from './problems.js'
import { environmentSchema, fileSchema } from './schema.js'
import { buildProblems, buildSchema, settleBuild } from './schema-build.js'
import { notifyOf, notifyProblems, withoutLacking } from './schema-notify.js'
import { scanIn, scanProblems } from './schema-scan.js'
import { signProblems } from './schema-signatures.js'
import { settleEnvironment } from './settle.js'
import { withExamples, withoutMarks } from './unread.js'

/** Where the configuration comes from. */
export interface Asked {
  readonly files: LayerFiles
  /** The file, absolute. */
  readonly path: string
  /** How people name it, for messages. */
  readonly shownAs?: string
  /** The file may be absent. */
  readonly optional: boolean
  /** Inputs that were given, by name; each wins over the file. */
  readonly overrides: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** Is told each value of a variable that would be refused as a secret if it stood in the file. */
  readonly hide?: (secret: string) => void
  /** Keys of the environment that the caller will not look at, such as `backup`, with all below them: their variables need not be set. Without `settings`, their layers are not read. */
  readonly unneeded?: readonly string[]
  /** What only few look at, and the caller does: `build` or one key of it, `verify`, `flush-cache.redis`. The variables of these need not be set for others. */
  readonly needed?: readonly string[]
  /** The keys of the environment that the caller looks at, when it is not all: the others are as if they were not there. */
  readonly only?: readonly string[]
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
    problems.push(noSuchEnvironment(source, asked.name, Object.keys(environments)))
  }
  const { chain } = chainOf(environments, asked.name, () => '')
  const merged = chosen(withShared(mergedChain(environments, chain), file), asked.only)
  const over = override('environment', merged, asked.overrides, { env: asked.env, counts: (path) => !within(asked.unneeded ?? [], path) })
  tellSecrets(over.brought, asked)
  problems.push(...over.problems)
  loaded.hidden.push(...over.brought.map((one) => one.value))
  const places = { ...placesIn(source, chain, over.inputFor, asked.name), hide: hiding(loaded.hidden) }
  const { value: told, lacking } = withoutLacking(over.value)
  const { value: marked, unmarked } = withoutMarks(told)
  const usable = withExamples(environmentSchema, marked)
  const parsed = environmentSchema.safeParse(usable)
  const served = unserved(environmentSchema, usable, [], places)
  problems.push(...served, ...(parsed.success ? [] : problemsOf(parsed.error, environmentSchema, usable, places)))
  const settled = parsed.success ? settleEnvironment(parsed.data, { name: asked.name, ...aboutOf(file, asked) }, places) : undefined
  const { platform } = settled?.environment ?? {}
  if (platform?.name === 'compose' && platform.sshKey !== undefined) asked.hide?.(platform.sshKey)
  problems.push(...(settled?.problems ?? []), ...settledSecrets(settled?.environment.settings ?? {}, places), ...notifyProblems(parsed.data?.notify, asked.env, places), ...nameProblems(asked.name))
  const explicit = settled?.environment.settings ?? {}
  const layered = await layersFor(asked, file, explicit, places)
  tellSecrets(layered.brought, asked)
  // Releases are given these, and may print them.
  for (const value of Object.values(layered.secretSettings).flatMap((variable) => asked.env[variable] ?? [])) asked.hide?.(value)
  problems.push(...layered.problems)
  refuse(problems, [...loaded.hidden, ...layered.brought.map((one) => one.value)])
  const { settings, secretSettings } = layered
  const movesTag = isMapping(file['build']) && file['build']['environment-tags'] === true
  const notify = parsed.data?.notify === undefined ? undefined : notifyOf(parsed.data.notify, asked.env)
  return { ...settled!.environment, ...(notify === undefined ? {} : { notify: { ...notify, lacking: [...lacking, ...notify.lacking] } }), settings: { ...settings, ...explicit }, ...(movesTag ? { movesTag } : {}), ...(unmarked.length === 0 ? {} : { unmarked }), ...(Object.keys(secretSettings).length === 0 ? {} : { secretSettings }) }
}

/** The name becomes part of file names, in the ledger and in the state folder. */
function nameProblems(name: string): readonly Problem[] {
  if (name === '' || /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return []
  return [{ code: 'input-invalid', message: `Input \`environment\` is "${name.slice(0, 80)}".`, fix: 'Name it with letters, digits, `.`, `_` and `-`, beginning with a letter or a digit.' }]
}

function noSuchEnvironment(source: Source, name: string, names: readonly string[]): Problem {
  const near = closest(name, names)
  const others = names.length === 0 ? 'The file has none.' : `It has ${names.join(', ')}.`
  return { code: 'config-missing', message: `${source.at(['environments'])}: there is no environment \`${name}\`.`, fix: near === undefined ? `Add \`environments.${name}\`. ${others}` : `Did you mean \`${near}\`? ${others}` }
}

/** How the image is made, from file, inputs and defaults. */
export async function loadBuild(asked: Asked & { readonly usualPlatform: string }): Promise<BuildSettings> {
  const loaded = await load({ ...asked, needed: ['build'] }, () => ({ chain: [], problems: [] }))
  const { file, source, problems } = loaded
  const over = override('build', file['build'] ?? {}, asked.overrides)
  problems.push(...over.problems)
  const places: Places = {
    at: (path) => inputPlace(over.inputFor(path)) ?? source?.at(['build', ...path]) ?? 'build',
    name: (path) => ['build', ...path].join('.'),
    hide: hiding(loaded.hidden),
  }
  const parsed = buildSchema.safeParse(over.value)
  problems.push(...unserved(buildSchema, over.value, [], places), ...(parsed.success ? [] : problemsOf(parsed.error, buildSchema, over.value, places)))
  const scan = scanIn(over.value)
  const { accepted, problems: inIgnoreFile } = await loadAccepted(scan, asked, places)
  problems.push(...buildProblems(parsed.data, asked.env, places), ...scanProblems(scan, places), ...signProblems(parsed.data?.sign, places), ...inIgnoreFile)
  refuse(problems, loaded.hidden)
  const settled = settleBuild(parsed.data!, aboutOf(file, asked), { usualPlatform: asked.usualPlatform, accepted, env: asked.env })
  for (const secret of [...Object.values(settled.secrets), ...(settled.login === undefined ? [] : [settled.login.password])]) asked.hide?.(secret)
  return settled
}

/** Reads the file once: its YAML, its secrets, its variables where they count, and the keys of every part. */
export async function load(asked: Asked, follow: (file: Readonly<Record<string, unknown>>, at: Source['at']) => { readonly chain: Chain; readonly problems: readonly Problem[] }): Promise<Loaded> {
  const shown = asked.shownAs ?? asked.path.split('/').at(-1)!
  const content = await asked.files.textIfThere(asked.path)
  if (content === undefined) {
    if (!asked.optional) throw new InputError([{ code: 'config-missing', message: `There is no file ${asked.path}, which the input \`config\` names.` }])
    return { file: {}, problems: [], hidden: [] }
  }
  const { source, problems: faults } = readSource(shown, content)
  if (faults.length > 0) refuse([...faults], [])
  const raw = valuesOf(source)?.value
  if (raw === undefined) refuse([{ code: 'config-invalid', message: `${shown}:1:1: the file's aliases multiply it beyond reason.`, fix: 'Write it out, or use `extends`.' }], [])
  if (raw !== null && !isMapping(raw)) refuse([{ code: 'config-invalid', message: `${shown}:1:1: the file is not a mapping.`, fix: 'Begin it with `app: <name>`.' }], [])
  const before = isMapping(raw) ? raw : {}
  const followed = follow(before, (path) => source.at(path))
  // Before variables are put in: those may hold secrets, that is what they are for.
  const written = literalSecrets(source)
  const scopes: KeyPath[] = [...Object.keys(before).filter((key) => key !== 'environments').map((key) => [key]), ...followed.chain.map((name) => ['environments', name])]
  const replaced = interpolate(source, { below: scopes, counts: counting(before, followed.chain, asked), mayLack: ([room, , key]) => room === 'environments' && (key === 'notify' || key === 'annotate') }, asked.env)
  tellSecrets(replaced.brought, asked)
  const value = valuesOf(source)?.value
  const file = isMapping(value) ? value : {}
  const hidden = replaced.brought.map((one) => one.value)
  return { source, file, problems: [...followed.problems, ...written, ...replaced.problems, ...fileProblems(source, file, followed.chain, hidden)], hidden }
}

/** Keys of an environment that hardly anybody looks at: nobody else needs their variables. */
const ONLY_WHERE_NEEDED = ['verify', 'flush-cache.redis']

/** What an input or a nearer environment takes the place of, or nobody looks at, needs no variable. */
function counting(file: Readonly<Record<string, unknown>>, chain: Chain, { overrides, unneeded = [], needed = [], only }: Asked): (path: KeyPath) => boolean {
  const environments = isMapping(file['environments']) ? file['environments'] : {}
  return ([room, ...path]) => {
    if (room === 'build') return (needed.includes(room) || needed.includes(`build.${path[0]}`)) && !given('build', overrides, path)
    // Scripts have variables of their own, and read those of the environment themselves.
    if (room === 'quality') return false
    if (room === 'environments' && within(ONLY_WHERE_NEEDED.filter((key) => !needed.includes(key)), path.slice(1))) return false
    if (room === 'environments' && (within(unneeded, path.slice(1)) || only?.includes(String(path[1])) === false)) return false
    return room !== 'environments' || !(given('environment', overrides, path.slice(1)) || shadowed(environments, chain, path))
  }
}

/** Whether a path is one of these keys, or below one. */
function within(keys: readonly string[], path: KeyPath): boolean {
  return path.some((_, index) => keys.includes(path.slice(0, index + 1).join('.')))
}

function tellSecrets(brought: readonly Brought[], { hide }: Asked): void {
  for (const { key, value } of brought) if (secretKind(key, value) !== undefined) hide?.(value)
}

/** Problems of the file outside the environment that is loaded; of other environments only keys that do not exist. */
function fileProblems(source: Source, file: Readonly<Record<string, unknown>>, chain: Chain, hidden: readonly string[]): readonly Problem[] {
  const parsed = fileSchema.safeParse(file)
  if (parsed.success) return []
  const elsewhere = parsed.error.issues.filter((issue) => {
    const [room, name] = issue.path
    return room !== 'environments' || (issue.code === 'unrecognized_keys' && !chain.includes(String(name))) || issue.code === 'invalid_key' || issue.path.length < 2
  })
  const places: Places = { at: (path) => source.at(path), name: (path) => path.join('.'), hide: hiding(hidden) }
  return problemsOf({ issues: elsewhere }, fileSchema, file, places)
}

/** A path of the merged environment is written in the nearest environment of the chain that has it. */
function placesIn(source: Source | undefined, chain: Chain, inputFor: (path: KeyPath) => string | undefined, name: string): Pick<Places, 'at' | 'name'> {
  const has = (path: KeyPath): boolean => source?.document.hasIn(path) === true
  const owner = (path: KeyPath): string => chain.find((link) => has(['environments', link, ...path])) ?? chain.find((link) => has(['environments', link, ...path.slice(0, -1)])) ?? name
  const whole = (path: KeyPath): KeyPath => (path[0] === 'identity' && !chain.some((link) => has(['environments', link, 'identity'])) && has(['identity']) ? path : ['environments', owner(path), ...path])
  return {
    at: (path) => inputPlace(inputFor(path)) ?? source?.at(whole(path)) ?? 'inputs',
    name: (path) => whole(path).join('.'),
  }
}

export function inputPlace(input: string | undefined): string | undefined {
  return input === undefined ? undefined : `Input \`${input}\``
}

/** Mostly true of the application, so the file may say it once: how answers name their release, where the record is. */
const SHARED = ['identity', 'ledger', 'records']

function withShared(environment: Readonly<Record<string, unknown>>, file: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...Object.fromEntries(SHARED.flatMap((key) => (file[key] === undefined ? [] : [[key, file[key]]]))), ...environment }
}

function chosen(environment: Readonly<Record<string, unknown>>, only: readonly string[] | undefined): Readonly<Record<string, unknown>> {
  return only === undefined ? environment : Object.fromEntries(Object.entries(environment).filter(([key]) => only.includes(key) || !Object.hasOwn(environmentSchema.shape, key)))
}

function aboutOf(file: Readonly<Record<string, unknown>>, { overrides, fallbackApp }: Asked): { app: string; state: string } {
  const word = (input: string | undefined, written: unknown, usual: string): string => input ?? (typeof written === 'string' && written !== '' ? written : usual)
  return { app: word(overrides['app'], file['app'], fallbackApp), state: word(overrides['state'], file['state'], '.ecluse') }
}

/** Longest first, so that a value that holds another is hidden whole. */
export function hiding(hidden: readonly string[]): (text: string) => string {
  const values = hidden.filter((value) => value.length > 2).toSorted((a, b) => b.length - a.length)
  return (text) => values.reduce((shown, value) => shown.replaceAll(value, '***'), text)
}

/** Throws when there is a problem; values that came from the environment are never in a message. */
export function refuse(problems: readonly Problem[], hidden: readonly string[]): void {
  const hide = hiding(hidden)
  const seen = new Map(problems.map((problem) => [problem.message, { ...problem, message: hide(problem.message) }]))
  const [first, ...rest] = [...seen.values()]
  if (first !== undefined) throw new InputError([first, ...rest])
}
