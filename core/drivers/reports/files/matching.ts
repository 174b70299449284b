import path from 'node:path'
import type { Files } from '../../../ports/files.js'

const MOST_ENTRIES = 100_000
const PASSED_OVER = new Set(['node_modules', '.git'])

/** Too many files to look at: the pattern says too little. */
export class TooWide extends Error {}

/** Files that a path or pattern means, sorted. `*` and `?` stay within a folder, `**` is any number of them. */
export async function matching(pattern: string, folder: string, files: Pick<Files, 'info' | 'list'>): Promise<readonly string[]> {
  const whole = path.resolve(folder, pattern)
  if (!/[*?]/.test(pattern)) return (await files.info(whole)) === undefined ? [] : [whole]
  const parts = path.resolve(folder, pattern).split('/')
  const fixed = parts.findIndex((part) => /[*?]/.test(part))
  const seen = { entries: 0 }
  const found = await walk(parts.slice(0, fixed).join('/') || '/', parts.slice(fixed), files, seen)
  return [...new Set(found)].toSorted()
}

async function walk(folder: string, [part = '', ...rest]: readonly string[], files: Pick<Files, 'info' | 'list'>, seen: { entries: number }): Promise<readonly string[]> {
  const entries = await files.list(folder)
  seen.entries += entries.length
  if (seen.entries > MOST_ENTRIES) throw new TooWide()
  const found: string[] = []
  if (part === '**') found.push(...(await walk(folder, rest.length === 0 ? ['*'] : rest, files, seen)))
  for (const { name, kind } of entries) {
    const inner = `${folder === '/' ? '' : folder}/${name}`
    if (part === '**') {
      if (kind === 'folder' && !PASSED_OVER.has(name)) found.push(...(await walk(inner, ['**', ...rest], files, seen)))
    } else if (formOf(part).test(name)) {
      if (rest.length === 0 && kind !== 'folder') found.push(inner)
      // A link may lead to a folder, as the reports of some build systems do; a folder it is not is simply empty.
      if (rest.length > 0 && kind !== 'file') found.push(...(await inside(inner, kind, rest, files, seen)))
    }
  }
  return found
}

async function inside(folder: string, kind: string, rest: readonly string[], files: Pick<Files, 'info' | 'list'>, seen: { entries: number }): Promise<readonly string[]> {
  if (kind === 'folder') return walk(folder, rest, files, seen)
  return walk(folder, rest, files, seen).catch((fault: unknown) => {
    if (fault instanceof TooWide) throw fault
    return []
  })
}

function formOf(part: string): RegExp {
  const form = part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*').replaceAll('?', '[^/]')
  // As in a shell, a hidden file is meant only where the dot is written.
  return new RegExp(`^${part.startsWith('.') ? '' : '(?!\\.)'}${form}$`)
}
