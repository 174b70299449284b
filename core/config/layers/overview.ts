import { settledIn } from '../../domain/settings/layers.js'
import type { EnvironmentSettings, SettingsOverview, ShownSetting } from '../../domain/settings/overview.js'
import { rendered, type Setting } from '../../domain/settings/setting.js'
import { InputError, type Problem } from '../../errors/families.js'
import { readSource, valuesOf, type Source } from '../document.js'
import { chainOf, isMapping, mergedChain, type Chain } from '../extends.js'
import { literalSecrets } from '../literal-secrets.js'
import type { Places } from '../problems.js'
import { layersOf, type LayersAsked } from './apply.js'
import type { LayerSet } from './layer-set.js'
import { refers } from './read-layer.js'
import { explicitProblems } from './render.js'

type Mapping = Readonly<Record<string, unknown>>

/**
 * The application's settings in every environment, as they are written: no variable is looked at, so that it can be asked
 * anywhere. `undefined` when there are no layers. Rejects with one `InputError` that names every problem of them.
 */
export async function loadSettings(asked: Pick<LayersAsked, 'files' | 'path' | 'shownAs'>): Promise<SettingsOverview | undefined> {
  const shown = asked.shownAs ?? asked.path.split('/').at(-1)!
  const content = await asked.files.textIfThere(asked.path)
  if (content === undefined) return undefined
  const { source, problems } = readSource(shown, content)
  const value = problems.length > 0 ? undefined : valuesOf(source)?.value
  const file: Mapping = isMapping(value) ? value : {}
  const set = problems.length > 0 ? undefined : await layersOf({ ...asked, name: '' }, file)
  const environments = isMapping(file['environments']) ? file['environments'] : {}
  const explicit = [...(set?.merged.keys() ?? [])].map((name) => explicitOf(environments, name, source))
  refuse([...problems, ...literalSecrets(source), ...(set?.problems ?? []), ...explicit.flatMap((one) => (set === undefined ? [] : explicitProblems(set, one.plain, one.places)))])
  if (set === undefined) return undefined
  return {
    schema: set.schema.name,
    ...(set.example === undefined ? {} : { example: set.example }),
    environments: explicit.map((one) => shownIn(set, one)),
  }
}

interface Explicit {
  readonly name: string
  readonly values: Readonly<Record<string, string>>
  /** Those that are what they say: no variable stands in them. */
  readonly plain: Readonly<Record<string, string>>
  readonly places: Places
}

/** What `settings` of `ecluse.yml` says of an environment, and of what it extends. */
function explicitOf(environments: Mapping, name: string, source: Source): Explicit {
  const { chain } = chainOf(environments, name, () => '')
  const merged = mergedChain(environments, chain)['settings']
  const values = Object.entries(isMapping(merged) ? merged : {}).map(([key, value]) => [key, String(value)] as const)
  const path = (below: readonly (string | number)[]): (string | number)[] => ['environments', ownerOf(source, chain, below) ?? name, ...below]
  return {
    name,
    values: Object.fromEntries(values),
    plain: Object.fromEntries(values.filter(([, value]) => !refers(value))),
    places: { at: (below) => source.at(path(below)), name: (below) => path(below).join('.'), hide: (text) => text },
  }
}

function ownerOf(source: Source, chain: Chain, below: readonly (string | number)[]): string | undefined {
  return chain.find((link) => source.document.hasIn(['environments', link, ...below]))
}

function shownIn(set: LayerSet, { name, values, places }: Explicit): EnvironmentSettings {
  const layer = set.merged.get(name) ?? new Map()
  const known = new Set(set.schema.settings.map((setting) => setting.name))
  const written = (variable: string): Pick<ShownSetting, 'value' | 'from'> => ({ value: values[variable]!, from: places.at(['settings', variable]) })
  const fromLayers = (setting: Setting): Pick<ShownSetting, 'value' | 'from'> => {
    const placed = settledIn(setting, layer)
    if (placed === undefined || placed.value === null) return {}
    const origin = layer.has(setting.key) ? placed.at : `${placed.at} (default)`
    return { value: setting.secret ? 'set' : rendered(placed.value), from: origin }
  }
  return {
    environment: name,
    settings: [
      ...set.schema.settings.map((setting) => ({ key: setting.key, name: setting.name, secret: setting.secret, ...(Object.hasOwn(values, setting.name) ? written(setting.name) : fromLayers(setting)) })),
      ...Object.keys(values).filter((variable) => !known.has(variable)).map((variable) => ({ name: variable, secret: false, ...written(variable) })),
    ],
  }
}

function refuse(problems: readonly Problem[]): void {
  const [first, ...rest] = [...new Map(problems.map((problem) => [problem.message, problem])).values()]
  if (first !== undefined) throw new InputError([first, ...rest])
}
