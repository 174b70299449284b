import type { Ignore } from '../../../domain/dockerfile/ignore.js'
import { FileError, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

/** One thing of the context: path, kind, whether it can be run, and its content's SHA-256 (hex) or a link's target. */
export type Sourced = readonly [path: string, kind: 'file' | 'folder' | 'link' | 'other', mode: number, content: string]

/** Looks at so many at a time. */
const AT_ONCE = 16
const SMALL = 128 * 1024
const ALL: Ignore = { ignores: () => false, closes: () => false }

/** Everything of a folder that a build can see, in one order everywhere. Owners, times and a checkout's umask are left out: they differ from clone to clone. */
export async function sourcesIn(root: string, ambient: Ambient, ignore: Ignore = ALL): Promise<readonly Sourced[]> {
  const found: (() => Promise<Sourced>)[] = []
  await collect(root, '', ignore, ambient, found)
  const sources: Sourced[] = []
  for (let at = 0; at < found.length; at += AT_ONCE) {
    stopIfAsked(ambient.signal)
    sources.push(...(await Promise.all(found.slice(at, at + AT_ONCE).map((look) => look()))))
    if (found.length > 500 && at % 512 === 0) ambient.log.progress(`Reading the context: ${at} of ${found.length} files`)
  }
  return sources.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
}

async function collect(root: string, path: string, ignore: Ignore, ambient: Ambient, into: (() => Promise<Sourced>)[]): Promise<void> {
  const folders: string[] = []
  for (const { name, kind } of await ambient.files.list(path === '' ? root : `${root}/${path}`)) {
    const inside = path === '' ? name : `${path}/${name}`
    if (kind === 'folder') {
      if (ignore.closes(inside)) continue
      folders.push(inside)
      if (!ignore.ignores(inside)) into.push(async () => [inside, 'folder', 0o755, ''])
    } else if (!ignore.ignores(inside)) into.push(() => sourced(root, inside, kind, ambient))
  }
  for (const folder of folders) await collect(root, folder, ignore, ambient, into)
}

async function sourced(root: string, path: string, kind: 'file' | 'link' | 'other', { files, signal }: Ambient): Promise<Sourced> {
  const place = `${root}/${path}`
  if (kind === 'link') return [path, 'link', 0o777, await files.readLink(place)]
  if (kind === 'other') return [path, 'other', 0, '']
  const info = await files.info(place)
  if (info === undefined) throw new FileError('file-missing', { message: `\`${place}\` changed while the image was built.`, fix: 'Build when nothing else writes to the context.', path: place })
  const mode = info.mode & 0o100 ? 0o755 : 0o644
  if (info.bytes <= SMALL) return [path, 'file', mode, files.sha256(await files.bytes(place))]
  const hasher = files.hasher()
  for await (const chunk of files.stream(place)) {
    stopIfAsked(signal)
    hasher.update(chunk)
  }
  return [path, 'file', mode, hasher.hex()]
}

export function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new StateError('aborted', { message: 'The build was cancelled.' })
}
