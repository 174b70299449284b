import { clean, partsOf } from '../../../../domain/dockerfile/paths.js'
import type { Folder, Node } from './node.js'

/** What a path leads to, links on the way followed. `path` is where it really is. */
export type Found =
  | { readonly kind: 'found'; readonly path: string; readonly node: Node }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'loop' }
  /** A part of the path is no folder. */
  | { readonly kind: 'blocked'; readonly path: string }

interface Options {
  /** Also follow a link at the very end. */
  readonly last: boolean
  /** `closed`: a way out of the root is refused; `rooted`: as in a container, the root has nothing above it. */
  readonly root: 'closed' | 'rooted'
}

const MOST_LINKS = 40

export function lookUp(root: Folder, path: string, { last, root: manner }: Options): Found {
  const todo = partsOf(path).toReversed()
  const trail: { name: string; folder: Folder }[] = []
  let links = 0
  const here = (): Folder => trail.at(-1)?.folder ?? root
  const where = (...more: readonly string[]): string => [...trail.map(({ name }) => name), ...more].join('/')
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === '..') {
      if (trail.pop() === undefined && manner === 'closed') return { kind: 'outside' }
      continue
    }
    const node = here().children.get(part)
    if (node === undefined) return { kind: 'missing', path: clean(`/${where(part, ...todo.toReversed())}`).slice(1) }
    if (node.kind === 'link' && (last || todo.length > 0)) {
      links += 1
      if (links > MOST_LINKS) return { kind: 'loop' }
      if (node.target.startsWith('/')) {
        if (manner === 'closed') return { kind: 'outside' }
        trail.length = 0
      }
      todo.push(...partsOf(node.target).toReversed())
    } else if (node.kind === 'folder') trail.push({ name: part, folder: node })
    else if (todo.length > 0) return { kind: 'blocked', path: where(part) }
    else return { kind: 'found', path: where(part), node }
  }
  return { kind: 'found', path: where(), node: here() }
}

/** Everything at and below a node, parents before their children, in one order everywhere. */
export function* walk(path: string, node: Node): Generator<readonly [path: string, node: Node]> {
  yield [path, node]
  if (node.kind !== 'folder') return
  for (const name of [...node.children.keys()].toSorted(byCodeUnits)) yield* walk(path === '' ? name : `${path}/${name}`, node.children.get(name)!)
}

/** The same in every locale. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
