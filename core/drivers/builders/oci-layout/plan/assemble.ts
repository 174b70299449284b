import type { Findings } from '../findings.js'
import { partsOf } from '../../../../domain/dockerfile/paths.js'
import type { Base } from '../store/base.js'
import type { HistoryEntry } from '../store/documents.js'
import type { Contents } from '../tree/contents.js'
import { cloned, emptyFolder, type Folder } from '../tree/node.js'
import { ownerOf } from './owner.js'
import { makeFolders, place, type Changes } from './place.js'
import { select } from './select.js'
import type { CopyStep, Origin, ResolvedStage } from './step.js'

export type PlannedLayer = { readonly kind: 'base'; readonly layer: Base['layers'][number] } | { readonly kind: 'made'; readonly changes: Changes; readonly createdBy: string }

/** A stage carried out: its file tree, and the layers that bring it about. */
export interface Assembled {
  readonly tree: Folder
  readonly layers: readonly PlannedLayer[]
  readonly history: readonly HistoryEntry[]
}

export interface Assembling {
  readonly stages: ReadonlyMap<number, ResolvedStage>
  readonly context: Folder
  readonly created: string
  readonly contents: Contents
  readonly findings: Findings
  readonly baseTree: (base: Base) => Promise<Folder>
}

export async function assemble(target: number, assembling: Assembling): Promise<Assembled> {
  const done = new Map<number, Assembled>()
  for (const [index, stage] of assembling.stages) done.set(index, await carryOut(stage, done, assembling))
  return done.get(target)!
}

async function carryOut(stage: ResolvedStage, done: ReadonlyMap<number, Assembled>, assembling: Assembling): Promise<Assembled> {
  const { created } = assembling
  const start = await startOf(stage.origin, done, assembling)
  const layers = [...start.layers]
  const history: HistoryEntry[] = [...start.history]
  // Folders of WORKDIR wait for the next COPY, so that a layer holds what one instruction is for.
  let waiting: { changes: Changes; at: number } | undefined
  for (const { step, source } of stage.steps) {
    const entry = { created, created_by: source }
    if (step?.kind === 'copy') {
      const changes: Changes = new Map(waiting?.changes)
      waiting = undefined
      await copy(step, start.tree, changes, done, assembling)
      layers.push({ kind: 'made', changes, createdBy: source })
      history.push(entry)
      continue
    }
    if (step !== undefined) {
      const changes: Changes = waiting?.changes ?? new Map()
      makeFolders(step.path, start.tree, changes, { line: step.line, findings: assembling.findings })
      if (changes.size > 0) waiting ??= { changes, at: history.length }
    }
    history.push({ ...entry, empty_layer: true })
  }
  if (waiting !== undefined) {
    const by = history[waiting.at]?.created_by ?? ''
    layers.push({ kind: 'made', changes: waiting.changes, createdBy: by })
    history[waiting.at] = { created, created_by: by }
  }
  return { tree: start.tree, layers, history }
}

async function startOf(origin: Origin, done: ReadonlyMap<number, Assembled>, { baseTree }: Assembling): Promise<Assembled> {
  if (origin.kind === 'scratch') return { tree: emptyFolder(), layers: [], history: [] }
  if (origin.kind === 'stage') {
    const stage = done.get(origin.index)!
    return { ...stage, tree: cloned(stage.tree) }
  }
  const { base } = origin
  return { tree: cloned(await baseTree(base)), layers: base.layers.map((layer) => ({ kind: 'base', layer })), history: base.config.history }
}

async function copy(step: CopyStep, tree: Folder, changes: Changes, done: ReadonlyMap<number, Assembled>, assembling: Assembling): Promise<void> {
  const { findings, contents } = assembling
  const { line, from } = step
  const root = from.kind === 'context' ? assembling.context : await rootOf(from, done, assembling)
  const selected = select(step, { kind: from.kind === 'context' ? 'context' : 'image', root }, findings)
  const owner = step.owner === undefined ? undefined : await ownerOf(step.owner, { tree, line, findings, text: contents.text })
  place(selected, partsOf(step.target).join('/'), tree, changes, { line, findings, folder: step.folder, owner, mode: step.mode })
}

async function rootOf(from: Origin, done: ReadonlyMap<number, Assembled>, { baseTree }: Assembling): Promise<Folder> {
  if (from.kind === 'scratch') return emptyFolder()
  return from.kind === 'stage' ? done.get(from.index)!.tree : baseTree(from.base)
}
