import { lstat, readlink } from 'node:fs/promises'
import path from 'node:path'

const MOST_LINKS = 40

/** The names of a path in an image, without anything that leads out of it; `undefined` when it tries to. */
export function partsInside(name: string): readonly string[] | undefined {
  const parts: string[] = []
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts
}

/**
 * Where a path of the image is on this machine, with links followed as they would be inside the image: `/` is the image's
 * root and `..` stops there. A later layer must not write through a link of an earlier one to a place outside.
 */
export async function realInside(root: string, name: string): Promise<string> {
  const waiting = name.split('/')
  const at: string[] = []
  let links = 0
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      at.pop()
      continue
    }
    const target = await linkTarget(path.join(root, ...at, part))
    if (target === undefined) {
      at.push(part)
      continue
    }
    links += 1
    if (links > MOST_LINKS) throw new Error(`\`${name}\` leads through too many links`)
    if (target.startsWith('/')) at.length = 0
    waiting.unshift(...target.split('/'))
  }
  return path.join(root, ...at)
}

async function linkTarget(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined)
  return found?.isSymbolicLink() ? readlink(file) : undefined
}

/** A link's target so that it stays in the image although the program that follows it sees the whole machine. */
export function targetInside(root: string, link: string, target: string): string {
  const folder = path.dirname(link)
  const inImage = target.startsWith('/') ? target : path.posix.join('/', path.relative(root, folder), target)
  return path.relative(folder, path.join(root, path.posix.normalize(inImage))) || '.'
}
