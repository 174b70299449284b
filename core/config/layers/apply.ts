import type { Problem } from '../../errors/families.js'
import { isMapping } from '../extends.js'
import type { Places } from '../problems.js'
import { layerPlaces } from './layer-places.js'
import { readLayers, type LayerFiles, type LayerSet } from './layer-set.js'
import { explicitProblems, renderLayers, type Rendered } from './render.js'

export interface LayersAsked {
  readonly files: LayerFiles
  /** The file `ecluse.yml`. */
  readonly path: string
  readonly shownAs?: string
  readonly env: Readonly<Record<string, string>>
  readonly unneeded?: readonly string[]
  readonly only?: readonly string[]
  readonly name: string
}

type Mapping = Readonly<Record<string, unknown>>

const NONE: Rendered = { settings: {}, secretSettings: {}, problems: [], brought: [] }

/** The layers of every environment of a file, checked; `undefined` when there are none. */
export async function layersOf({ files, path, shownAs, name }: Pick<LayersAsked, 'files' | 'path' | 'shownAs' | 'name'>, file: Mapping): Promise<LayerSet | undefined> {
  const places = layerPlaces(file['layers'], { path, shown: shownAs ?? path.split('/').at(-1)! })
  if (places === undefined) return undefined
  const environments = isMapping(file['environments']) ? file['environments'] : {}
  const names = Object.keys(environments)
  // Inputs may say everything about an environment that the file does not know; a layer of its own makes it one of the others.
  const alone = /^[\w.-]+$/.test(name) && !names.includes(name) && (await files.textIfThere(`${places.folder.path}/${name}.yml`)) !== undefined
  const others = Object.values(environments).flatMap((one) => (isMapping(one) && isMapping(one['settings']) ? Object.keys(one['settings']) : []))
  return readLayers(files, places, alone ? [...names, name] : names, others)
}

/** What the layers add to the settings of one environment: those of every environment are checked, only its own are put in. */
export async function layersFor(asked: LayersAsked, file: Mapping, explicit: Readonly<Record<string, string>>, places: Places): Promise<Rendered> {
  if (asked.unneeded?.includes('settings') === true || asked.only?.includes('settings') === false) return NONE
  const set = await layersOf(asked, file)
  if (set === undefined) return NONE
  const wrong: readonly Problem[] = [...set.problems, ...explicitProblems(set, explicit, places)]
  if (wrong.length > 0 || !set.merged.has(asked.name)) return { ...NONE, problems: wrong }
  return renderLayers(set, asked.name, asked.env, new Set(Object.keys(explicit)))
}
