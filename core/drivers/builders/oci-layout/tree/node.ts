/** One thing of a file tree: of the context, of a base image or of the image under construction. */
export type Node = Folder | File | Link | Other

interface Owned {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

export interface Folder extends Owned {
  readonly kind: 'folder'
  readonly children: Map<string, Node>
}

export interface File extends Owned {
  readonly kind: 'file'
  readonly bytes: number
  readonly content: Content
}

export interface Link extends Owned {
  readonly kind: 'link'
  readonly target: string
}

/** A socket, a pipe, a device: named so that a COPY of it can be refused. */
export interface Other extends Owned {
  readonly kind: 'other'
}

/** Where a file's bytes are: on the disk, or in a layer of a base image. */
export type Content = { readonly from: 'disk'; readonly path: string } | { readonly from: 'layer'; readonly blob: LayerBlob; readonly name: string }

export interface LayerBlob {
  readonly path: string
  readonly gzip: boolean
  readonly digest: string
}

export const ROOT_OWNED = { uid: 0, gid: 0 } as const

export function emptyFolder(owner: { readonly uid: number; readonly gid: number } = ROOT_OWNED, mode = 0o755): Folder {
  return { kind: 'folder', mode, uid: owner.uid, gid: owner.gid, children: new Map() }
}

/** A copy that can be changed without changing this one. */
export function cloned(folder: Folder): Folder {
  const children = new Map([...folder.children].map(([name, node]) => [name, node.kind === 'folder' ? cloned(node) : node]))
  return { ...folder, children }
}
