import type { Files } from '../../../ports/files.js'
import { undeclaredArguments } from '../../../domain/dockerfile/platform.js'
import type { Selected } from './plan/select.js'
import type { ResolvedStage } from './plan/step.js'
import { hashOf } from './store/blobs.js'
import { byCodeUnits, walk } from './tree/lookup.js'

/** Counts up when the same input begins to give another image. */
const FORMAT = 'ecluse content key 1'

/** Reads so many files of the context at a time. */
const AT_ONCE = 8

export interface KeyParts {
  readonly dockerfile: string
  readonly target: string
  readonly args: Readonly<Record<string, string>>
  readonly declared: ReadonlySet<string>
  readonly platforms: readonly string[]
  readonly stages: Iterable<ResolvedStage>
  readonly selected: readonly Selected[]
}

export interface Keyed {
  readonly key: string
  /** Absolute path → SHA-256 (hex) of every file of the context that the image takes. */
  readonly hashes: ReadonlyMap<string, string>
}

/** What the image is made of, in one number: no label, version or time is in it. */
export async function contentKey(parts: KeyParts, files: Files, signal: AbortSignal, progress: (done: number, all: number) => void): Promise<Keyed> {
  const entries = new Map(parts.selected.flatMap(({ path, node }) => [...walk(path, node)]))
  const paths = [...entries.keys()].toSorted(byCodeUnits)
  const toHash = [...entries.values()].flatMap((node) => (node.kind === 'file' && node.content.from === 'disk' ? [{ path: node.content.path, bytes: node.bytes }] : []))
  const hashes = await hashAll(toHash, files, signal, progress)
  const lines = paths.map((path) => {
    const node = entries.get(path)!
    const content = node.kind === 'file' && node.content.from === 'disk' ? hashes.get(node.content.path) : node.kind === 'link' ? node.target : ''
    return [path, node.kind, node.mode, content]
  })
  const text = JSON.stringify([FORMAT, parts.dockerfile, parts.target, usedArguments(parts), parts.platforms, basesOf(parts.stages), lines])
  return { key: files.sha256(text), hashes }
}

function usedArguments({ args, declared }: KeyParts): readonly (readonly [string, string])[] {
  return Object.entries(args).filter(([name]) => declared.has(name) || !undeclaredArguments.includes(name)).toSorted(([a], [b]) => byCodeUnits(a, b))
}

function basesOf(stages: Iterable<ResolvedStage>): readonly string[] {
  const origins = [...stages].flatMap(({ origin, steps }) => [origin, ...steps.flatMap(({ step }) => (step?.kind === 'copy' ? [step.from] : []))])
  return [...new Set(origins.flatMap((origin) => (origin.kind === 'base' ? [origin.base.digest] : [])))].toSorted(byCodeUnits)
}

async function hashAll(todo: { readonly path: string; readonly bytes: number }[], files: Files, signal: AbortSignal, progress: (done: number, all: number) => void): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>()
  const all = todo.length
  const work = async (): Promise<void> => {
    for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
      hashes.set(file.path, (await hashOf(files, file.path, signal, file.bytes)).slice('sha256:'.length))
      progress(hashes.size, all)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return hashes
}
