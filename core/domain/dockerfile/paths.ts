/** A slash path without `.`, `..` and doubled slashes; what climbs above the start stays as leading `..`. */
export function clean(path: string): string {
  const rooted = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (part !== '..' || !rooted) kept.push(part)
  }
  return rooted ? `/${kept.join('/')}` : kept.join('/') || '.'
}

/** `path` as seen from `folder`. */
export function absolute(folder: string, path: string): string {
  return clean(path.startsWith('/') ? path : `${folder}/${path}`)
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The parts of a path below a root; the root itself has none. */
export function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
