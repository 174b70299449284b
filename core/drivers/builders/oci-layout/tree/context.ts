import { FileError } from '../../../../errors/families.js'
import type { Files } from '../../../../ports/files.js'
import type { Ignore } from '../../../../domain/dockerfile/ignore.js'
import { emptyFolder, ROOT_OWNED, type Folder, type Node } from './node.js'

interface Options {
  readonly files: Files
  readonly ignore: Ignore
  /** Folders of ours inside the context (absolute): what we write is no source. */
  readonly apart: readonly string[]
  readonly signal: AbortSignal
}

/** Looks at so many entries of one folder at a time. */
const AT_ONCE = 32

/** The context as the build sees it: modes and owners made equal everywhere, so that a checkout's umask changes nothing. */
export async function readContext(root: string, options: Options): Promise<Folder> {
  const info = await options.files.list(root)
  if (info.length === 0 && (await options.files.info(root)) === undefined) {
    throw new FileError('file-missing', { message: `Could not read the context \`${root}\`: it is not there.`, fix: 'Correct the input `context`.', path: root })
  }
  return folderAt(root, '', options)
}

async function folderAt(root: string, path: string, options: Options): Promise<Folder> {
  const folder = emptyFolder()
  const entries = await options.files.list(path === '' ? root : `${root}/${path}`)
  for (let at = 0; at < entries.length && !options.signal.aborted; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE)
    const nodes = await Promise.all(some.map(({ name, kind }) => nodeAt(root, path === '' ? name : `${path}/${name}`, kind, options)))
    for (const [index, node] of nodes.entries()) if (node !== undefined) folder.children.set(some[index]!.name, node)
  }
  return folder
}

async function nodeAt(root: string, path: string, kind: string, options: Options): Promise<Node | undefined> {
  const { files, ignore, apart } = options
  const place = `${root}/${path}`
  if (apart.includes(place)) return undefined
  if (kind === 'folder') {
    if (ignore.closes(path)) return undefined
    const folder = await folderAt(root, path, options)
    // An ignored folder is only there for what an exception brings back below it.
    return folder.children.size === 0 && ignore.ignores(path) ? undefined : folder
  }
  if (ignore.ignores(path)) return undefined
  if (kind === 'link') return { kind: 'link', mode: 0o777, ...ROOT_OWNED, target: await files.readLink(place) }
  const info = await files.info(place)
  if (info === undefined) throw changed(place)
  if (info.kind !== 'file') return { kind: 'other', mode: 0, ...ROOT_OWNED }
  return { kind: 'file', mode: info.mode & 0o100 ? 0o755 : 0o644, ...ROOT_OWNED, bytes: info.bytes, content: { from: 'disk', path: place } }
}

export function changed(path: string): FileError {
  return new FileError('file-missing', { message: `\`${path}\` changed while the image was built.`, fix: 'Build when nothing else writes to the context.', path })
}
