import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

/** What the repository does not hold: what `.gitignore` names, and git's own folder. */
const ignored = new Set(['.git', ...readFileSync(path.join(root, '.gitignore'), 'utf8').split('\n').map((line) => line.trim().replace(/\/$/, ''))])

export const there = (file: string): boolean => existsSync(path.join(root, file))

export const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** Files below a folder of the repository, with `/` between the parts, sorted. A walk, so that it needs no git. */
export function filesBelow(folder: string): readonly string[] {
  const found = readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const inside = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (ignored.has(entry.name) || ignored.has(inside) || entry.name.endsWith('.log')) return []
    if (entry.isDirectory()) return filesBelow(inside)
    return entry.isFile() ? [inside] : []
  })
  return found.toSorted()
}

export const foldersIn = (folder: string): readonly string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).toSorted()

export const sourcesBelow = (folder: string): readonly string[] => filesBelow(folder).filter((file) => file.endsWith('.ts'))

export const actionNames: readonly string[] = foldersIn('actions').filter((name) => there(`actions/${name}/action.yml`))
