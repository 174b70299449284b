import { closest } from '../../domain/closest.js'
import { gapsIn, mergeLayers, type Gap, type Layer } from '../../domain/settings/layers.js'
import { expectedOf } from '../../domain/settings/setting.js'
import type { Problem } from '../../errors/families.js'
import { readSource, type Source } from '../document.js'
import { exampleProblems } from './env-example.js'
import type { LayerPlaces, Named } from './layer-places.js'
import { readLayer } from './read-layer.js'
import { readSchema, type SettingsSchema } from './read-schema.js'

export interface LayerFiles {
  textIfThere(path: string): Promise<string | undefined>
  /** Absent: there are no folders to look into. */
  list?(path: string): Promise<readonly { readonly name: string; readonly kind: string }[]>
}

/** One file that was read, and what it says. */
export interface ReadLayer {
  readonly source: Source
  readonly layer: Layer
}

/** The application's settings, as the files say them. */
export interface LayerSet {
  readonly schema: SettingsSchema
  readonly base?: ReadLayer
  /** By environment; those without a file of their own are not in it. */
  readonly own: ReadonlyMap<string, ReadLayer>
  /** Every environment that the settings are for, with what base and its own file say together. */
  readonly merged: ReadonlyMap<string, Layer>
  readonly problems: readonly Problem[]
  /** The example that was checked. */
  readonly example?: string
}

const BASE = 'base'
const KEPT = new Set([BASE, 'schema'])

/** Reads and checks the layers of every environment; `undefined` when there are none. */
export async function readLayers(files: LayerFiles, places: LayerPlaces, environments: readonly string[], others: readonly string[]): Promise<LayerSet | undefined> {
  const stems = await layersIn(files, places, environments)
  const content = await files.textIfThere(places.schema.path)
  if (content === undefined) {
    const ours = stems.found.filter((stem) => stem === BASE || environments.includes(stem))
    if (!places.asked && ours.length === 0) return undefined
    return empty(places, [noSchema(places, ours)])
  }
  const { source, problems: faults } = readSource(places.schema.shown, content)
  if (faults.length > 0) return empty(places, faults)
  const { schema, problems } = readSchema(source)
  // Against a schema that is half read, every file would seem to be wrong.
  if (problems.length > 0) return empty(places, problems)
  const base = await layerOf(files, layerFile(places, BASE), schema)
  const named = environments.filter((name) => !KEPT.has(name))
  const own = new Map<string, Awaited<ReturnType<typeof layerOf>>>()
  for (const name of named) own.set(name, await layerOf(files, layerFile(places, name), schema))
  const merged = new Map(named.map((name) => [name, mergeLayers(base?.layer ?? new Map(), own.get(name)?.layer ?? new Map())]))
  const read = [base, ...own.values()].flatMap((one) => one ?? [])
  const found = read.flatMap((one) => one.problems)
  const example = await exampleOf(files, places, schema, others)
  return {
    schema,
    ...(base === undefined ? {} : { base }),
    own: new Map([...own].flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const]))),
    merged,
    // What is wrong where it stands is not missing there as well.
    problems: [...stems.problems, ...found, ...gapsIn(schema.settings, merged).flatMap((gap) => gapProblem(gap, places, own, found)), ...example.problems],
    ...(example.name === undefined ? {} : { example: example.name }),
  }
}

function empty(places: LayerPlaces, problems: readonly Problem[]): LayerSet {
  return { schema: { name: places.schema.shown, root: new Map(), settings: [] }, own: new Map(), merged: new Map(), problems }
}

function layerFile({ folder }: LayerPlaces, stem: string): Named {
  return { path: `${folder.path}/${stem}.yml`, shown: `${folder.shown}/${stem}.yml` }
}

async function layerOf(files: LayerFiles, { path, shown }: Named, schema: SettingsSchema): Promise<(ReadLayer & { readonly problems: readonly Problem[] }) | undefined> {
  const content = await files.textIfThere(path)
  if (content === undefined) return undefined
  const { source, problems } = readSource(shown, content)
  return problems.length > 0 ? { source, layer: new Map(), problems } : { source, ...readLayer(source, schema) }
}

/** Names of the YAML files in the folder, and what is wrong with them: a file that nothing reads would be obeyed by nobody. */
async function layersIn(files: LayerFiles, { folder, schema }: LayerPlaces, environments: readonly string[]): Promise<{ readonly found: readonly string[]; readonly problems: readonly Problem[] }> {
  const entries = (await files.list?.(folder.path)) ?? []
  const names = entries.filter(({ kind, name }) => kind !== 'folder' && /\.ya?ml$/.test(name) && `${folder.path}/${name}` !== schema.path).map(({ name }) => name)
  const say = (name: string, why: string, fix: string): Problem => ({ code: 'config-invalid', message: `${folder.shown}/${name}: ${why}.`, fix })
  const problems = names.flatMap((name): readonly Problem[] => {
    const stem = name.replace(/\.ya?ml$/, '')
    if (name.endsWith('.yaml')) return [say(name, 'only files that end with `.yml` are read', `Rename it to \`${stem}.yml\`.`)]
    if (stem === BASE || environments.includes(stem)) return []
    const near = closest(stem, environments)
    return [say(name, `\`ecluse.yml\` has no environment \`${stem}\``, `${near === undefined ? '' : `Did you mean \`${near}.yml\`? `}Add \`environments.${stem}\`, or move the file elsewhere.`)]
  })
  const taken = environments.filter((name) => KEPT.has(name)).map((name) => say(`${name}.yml`, `an environment can not be called \`${name}\` where there are layers, which keep this name for themselves`, 'Rename the environment, or set `layers: false` in `ecluse.yml`.'))
  return { found: names.map((name) => name.replace(/\.ya?ml$/, '')), problems: [...problems, ...taken] }
}

function noSchema({ schema, folder }: LayerPlaces, stems: readonly string[]): Problem {
  const there = stems.length === 0 ? '' : `, and ${folder.shown} has ${stems.map((stem) => `\`${stem}.yml\``).join(', ')}`
  return { code: 'config-missing', message: `There is no file ${schema.shown}${there}.`, fix: 'Write the schema of the settings there. If these files are not the application\'s settings, set `layers: false` in `ecluse.yml`.' }
}

function gapProblem({ setting, environment, other }: Gap, places: LayerPlaces, own: ReadonlyMap<string, ReadLayer | undefined>, found: readonly Problem[]): readonly Problem[] {
  const file = layerFile(places, environment).shown
  const source = own.get(environment)?.source
  const at = source === undefined ? file : source.at(setting.key.split('.'))
  const told = [file, layerFile(places, BASE).shown].some((name) => found.some((problem) => problem.message.startsWith(`${name}:`) && covers(problem, setting.key)))
  if (told) return []
  const ways = [
    `Write ${setting.secret ? '`"${env:NAME}"`' : expectedOf(setting)}`,
    ...(setting.required ? [] : ['or `null` if it is meant not to be set here']),
    ...(setting.secret ? [] : ['or give it a `default` in the schema']),
  ]
  return [{
    code: 'config-invalid',
    message: `${at}: \`${setting.key}\` is missing${source === undefined ? ', for there is no such file' : ''}${other === undefined ? '' : `, and ${other} has it`} (defined at ${setting.at}).`,
    fix: `${ways.join(', ')}.`,
  }]
}

/** Whether a problem of a file says already why a key is not found there: its own, that of a group around it, a slip of its name, or that of the YAML. */
function covers({ message, fix = '' }: Problem, key: string): boolean {
  const named = /^\S+: `([^`]*)`/.exec(message)?.[1]
  return named === undefined || key === named || key.startsWith(`${named}.`) || fix.startsWith(`Did you mean \`${key}\`?`)
}

async function exampleOf(files: LayerFiles, { example }: LayerPlaces, schema: SettingsSchema, others: readonly string[]): Promise<{ readonly name?: string; readonly problems: readonly Problem[] }> {
  if (example === undefined) return { problems: [] }
  const text = await files.textIfThere(example.path)
  if (text !== undefined) return { name: example.shown, problems: exampleProblems({ name: example.shown, text }, schema, others) }
  return { problems: example.asked ? [{ code: 'config-missing', message: `There is no file ${example.shown}, which \`layers.env-example\` names.`, fix: 'Write it, or take that key out.' }] : [] }
}
