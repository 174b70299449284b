import type { Ambient } from '../../../ports/ambient.js'
import { assemble, type Assembled } from './plan/assemble.js'
import type { ResolvedStage } from './plan/step.js'
import type { Plan } from './plan/understand.js'
import type { Base } from './store/base.js'
import { stopIfAsked } from './store/blobs.js'
import type { HistoryEntry } from './store/documents.js'
import type { Finished } from './store/image.js'
import { layerWriter, type WrittenLayer } from './store/layers.js'
import type { Kept } from './store/reuse.js'
import { contents, type Contents } from './tree/contents.js'
import { readLayers } from './tree/layers.js'
import type { Folder } from './tree/node.js'

export interface Written extends Finished {
  readonly layers: readonly (WrittenLayer & { readonly createdBy: string })[]
}

/** The layers that are there already, under configurations of now. */
export function keptAgain({ input, stages }: Plan, kept: readonly Kept[]): readonly Written[] {
  return kept.map(({ layers, history }, index) => {
    const own = stages[index]!
    const dated = redated(history, ownEntries(input.target, own), input.created)
    return { platform: input.platforms[index]!, run: own.get(input.target)!.config, history: dated, layers: named(layers, dated) }
  })
}

/** All layers of each platform's image, written now. */
export async function madeImages(plan: Plan, sourceDate: number, hashes: ReadonlyMap<string, string>, drafts: string, ambient: Ambient): Promise<readonly Written[]> {
  const { platforms, target, destination } = plan.input
  const opened = contents(ambient.files, drafts, hashes, ambient.signal)
  const assembled = await assembleAll(plan, opened, ambient)
  const write = layerWriter({ folder: destination, drafts, sourceDate, contents: opened }, ambient)
  const images: Written[] = []
  for (const [index, { layers, history }] of assembled.entries()) {
    const written: WrittenLayer[] = []
    for (const [number, layer] of layers.entries()) {
      stopIfAsked(ambient.signal)
      ambient.log.progress(`Layer ${number + 1} of ${layers.length}: ${layer.kind === 'made' ? layer.createdBy : 'from the base'}`)
      written.push(await write(layer))
    }
    images.push({ platform: platforms[index]!, run: plan.stages[index]!.get(target)!.config, history, layers: named(written, history) })
  }
  return images
}

async function assembleAll(plan: Plan, opened: Contents, ambient: Ambient): Promise<readonly Assembled[]> {
  const { findings, target, created } = plan.input
  const trees = new Map<string, Folder>()
  const baseTree = async (base: Base): Promise<Folder> => {
    const tree = trees.get(base.digest) ?? (await readLayers(base, ambient.files, ambient.signal))
    trees.set(base.digest, tree)
    return tree
  }
  const assembled: Assembled[] = []
  for (const stages of plan.stages) assembled.push(await assemble(target, { stages, context: plan.context, created, contents: opened, findings, baseTree }))
  findings.throwIfAny()
  return assembled
}

/** Names each layer by the instruction of the history that it belongs to. */
function named(layers: readonly WrittenLayer[], history: readonly HistoryEntry[]): Written['layers'] {
  const makers = history.filter((entry) => entry.empty_layer !== true)
  // The history of a foreign base may be shorter than its layers: count from the end.
  return layers.map((layer, index) => ({ ...layer, createdBy: makers[makers.length - layers.length + index]?.created_by ?? '' }))
}

/** How many entries at the end of the history are this Dockerfile's. */
function ownEntries(target: number, stages: ReadonlyMap<number, ResolvedStage>): number {
  const stage = stages.get(target)!
  return stage.steps.length + (stage.origin.kind === 'stage' ? ownEntries(stage.origin.index, stages) : 0)
}

function redated(history: readonly HistoryEntry[], own: number, created: string): readonly HistoryEntry[] {
  return history.map((entry, index) => (index < history.length - own ? entry : { ...entry, created }))
}
