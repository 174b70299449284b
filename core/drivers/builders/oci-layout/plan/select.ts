import { isArchive, archiveRefusal } from '../dockerfile/refused.js'
import type { Findings } from '../findings.js'
import { BadPattern, isPattern, partPattern } from '../../../../domain/dockerfile/glob.js'
import { clean, nameOf, partsOf } from '../../../../domain/dockerfile/paths.js'
import { byCodeUnits, lookUp } from '../tree/lookup.js'
import type { Folder, Node } from '../tree/node.js'
import type { CopyStep } from './step.js'

/** One thing that a COPY takes. */
export interface Selected {
  /** As the Dockerfile names it: what a file is called in a target folder. */
  readonly name: string
  /** Where it is, links on the way followed. */
  readonly path: string
  readonly node: Node
}

/** Where a COPY takes from: the context keeps its links inside, an image resolves them as a container would. */
export type Place = { readonly kind: 'context' | 'image'; readonly root: Folder }

/** What the sources of a COPY name; every source that names nothing is told. */
export function select(step: CopyStep, place: Place, findings: Findings): readonly Selected[] {
  const selected: Selected[] = []
  for (const source of step.sources) {
    try {
      selected.push(...selectOne(source, step, place, findings))
    } catch (thrown) {
      if (!(thrown instanceof BadPattern)) throw thrown
      findings.invalid(step.line, `${step.verb}: ${thrown.message}.`, 'Correct the pattern; a backslash takes the next character as it is.')
    }
  }
  return selected
}

function selectOne(source: string, step: CopyStep, place: Place, findings: Findings): readonly Selected[] {
  const inside = clean(source.replace(/^\/+/, '') || '.')
  if (inside === '..' || inside.startsWith('../')) return outside(source, step, findings)
  const paths = isPattern(inside) ? matching(inside, place) : [inside === '.' ? '' : inside]
  if (paths.length === 0) return nothing(source, step, place, findings)
  return paths.flatMap((path) => {
    const found = lookUp(place.root, path, { last: true, root: place.kind === 'context' ? 'closed' : 'rooted' })
    if (found.kind === 'outside') return outside(source, step, findings)
    if (found.kind !== 'found') return nothing(source, step, place, findings)
    return usable({ name: nameOf(path), path: found.path, node: found.node }, source, step, findings)
  })
}

/** Paths that a pattern matches, part by part: `*` stays within its folder. */
function matching(pattern: string, place: Place): readonly string[] {
  let paths = ['']
  for (const part of partsOf(pattern)) {
    const expression = partPattern(part)
    paths = paths.flatMap((path) => {
      const found = lookUp(place.root, path, { last: true, root: place.kind === 'context' ? 'closed' : 'rooted' })
      if (found.kind !== 'found' || found.node.kind !== 'folder') return []
      return [...found.node.children.keys()].filter((name) => expression.test(name)).toSorted(byCodeUnits).map((name) => (path === '' ? name : `${path}/${name}`))
    })
  }
  return paths
}

function usable(selected: Selected, source: string, step: CopyStep, findings: Findings): readonly Selected[] {
  if (selected.node.kind === 'other') {
    findings.invalid(step.line, `"${source}" names \`${selected.path}\`, a socket, pipe or device.`, 'Name regular files, folders and links only.')
    return []
  }
  if (step.verb === 'ADD' && selected.node.kind === 'file' && isArchive(selected.path)) {
    findings.unsupported(step.line, archiveRefusal.message, archiveRefusal.fix)
    return []
  }
  return [selected]
}

function outside(source: string, step: CopyStep, findings: Findings): readonly [] {
  findings.invalid(step.line, `"${source}" leads out of the context.`, 'Copy only what lies in the context; make a link in it relative and keep its target inside.')
  return []
}

function nothing(source: string, step: CopyStep, place: Place, findings: Findings): readonly [] {
  const where = place.kind === 'context' ? 'the context' : 'the image or stage that is copied from'
  findings.invalid(step.line, `"${source}" is not in ${where}.`, place.kind === 'context' ? 'Correct the path; look whether `.dockerignore` leaves it out.' : 'Correct the path.')
  return []
}
