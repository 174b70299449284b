import type { Findings } from '../findings.js'
import { nameOf, parentOf, partsOf } from '../../../../domain/dockerfile/paths.js'
import { lookUp, walk } from '../tree/lookup.js'
import { emptyFolder, type Folder, type Node } from '../tree/node.js'
import type { Selected } from './select.js'

/** One layer under construction: what it adds or replaces, by path. */
export type Changes = Map<string, Node>

interface Spot {
  readonly line: number
  readonly findings: Findings
}

interface Manner extends Spot {
  readonly folder: boolean
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  readonly mode: number | undefined
}

/** Carries out one COPY on a tree and notes what it changes. */
export function place(selected: readonly Selected[], target: string, tree: Folder, changes: Changes, manner: Manner): void {
  const { findings, line } = manner
  const there = lookUp(tree, target, { last: true, root: 'rooted' })
  const isFolder = manner.folder || (there.kind === 'found' && there.node.kind === 'folder')
  if (selected.length > 1 && !isFolder) return findings.invalid(line, `${selected.length} sources are copied to "${target}", which is not written as a folder.`, 'End the target with `/`.')
  if (there.kind === 'loop' || there.kind === 'outside') return findings.invalid(line, `"${target}" is a link that leads round in a circle.`, 'Choose another target.')
  if (there.kind === 'blocked') return notAFolder(there.path, manner)
  for (const { name, path, node } of selected) {
    if (node.kind === 'folder') {
      const folder = makeFolders(there.path, tree, changes, manner, dressed(node, manner))
      if (folder !== undefined) for (const [inner, below] of walk('', node)) if (inner !== '') put(join(there.path, inner), below, folder, inner, changes, manner)
      continue
    }
    const full = isFolder ? join(there.path, name === '' ? nameOf(path) : name) : there.path
    const folder = makeFolders(parentOf(full), tree, changes, manner)
    if (folder !== undefined) put(full, node, folder, nameOf(full), changes, manner)
  }
}

/** The folder at a path, made when it is not there (as WORKDIR and COPY do). Links on the way are followed. */
export function makeFolders(path: string, tree: Folder, changes: Changes, spot: Spot & Partial<Manner>, like?: Node): Folder | undefined {
  let folder = tree
  let done = ''
  const parts = partsOf(path)
  for (const [index, part] of parts.entries()) {
    done = join(done, part)
    const there = lookUp(tree, done, { last: true, root: 'rooted' })
    if (there.kind === 'found' && there.node.kind === 'folder') {
      folder = there.node
      done = there.path
      continue
    }
    if (folder.children.has(part)) {
      notAFolder(done, spot)
      return undefined
    }
    const made = emptyFolder(like ?? spot.owner, index === parts.length - 1 ? like?.mode : undefined)
    folder.children.set(part, made)
    changes.set(done, { ...made, children: new Map() })
    folder = made
  }
  return folder
}

function notAFolder(path: string, { line, findings }: Spot): void {
  findings.invalid(line, `\`/${path}\` would have to be a folder and is none.`, 'Choose another target.')
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** Puts one thing below `start`; folders merge, everything else replaces what is no folder. */
function put(full: string, node: Node, start: Folder, inner: string, changes: Changes, manner: Manner): void {
  let folder = start
  for (const part of inner.split('/').slice(0, -1)) {
    const next = folder.children.get(part)
    // Told already, when the folder itself was put.
    if (next?.kind !== 'folder') return
    folder = next
  }
  const name = nameOf(inner)
  const old = folder.children.get(name)
  if (node.kind === 'other') return manner.findings.invalid(manner.line, `\`${name}\` is a socket, pipe or device.`, 'Leave it out in `.dockerignore`.')
  if (old !== undefined && (node.kind === 'folder') !== (old.kind === 'folder')) {
    return manner.findings.invalid(manner.line, `\`/${full}\` is ${old.kind === 'folder' ? 'a folder' : `a ${old.kind}`} and can not become a ${node.kind}.`, 'Choose another target.')
  }
  // A folder that is there keeps its mode and owner: `COPY root/ /` must not close `/tmp`.
  if (old?.kind === 'folder') return
  const own = dressed(node, manner)
  folder.children.set(name, own.kind === 'folder' ? { ...own, children: new Map() } : own)
  changes.set(full, own.kind === 'folder' ? { ...own, children: new Map() } : own)
}

function dressed(node: Node, { owner, mode }: Manner): Node {
  return { ...node, ...owner, ...(mode === undefined || node.kind === 'link' ? {} : { mode }) }
}
