// A layer: the same entries give the same bytes, whoever makes them and when.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

const epoch = new Date(1_700_000_000_000)

export const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const header = ({ path, directory, link, content, mode, uid = 0, gid = 0 }) => {
  const same = { name: path.replace(/^\/+/, ''), mtime: epoch, uid, gid, uname: '', gname: '' }
  if (directory) return { ...same, type: 'directory', mode: mode ?? 0o755 }
  if (link !== undefined) return { ...same, type: 'symlink', linkname: link, mode: 0o777 }
  return { ...same, type: 'file', mode: mode ?? 0o644, size: content.length }
}

/** Folders above the entries, each once, so that none depends on what a lower layer has. */
const withFolders = (entries) => {
  const named = new Map(entries.map((entry) => [entry.path, entry]))
  for (const { path } of entries) {
    const parts = path.split('/').slice(1, -1)
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = `/${parts.slice(0, depth).join('/')}`
      if (!named.has(folder)) named.set(folder, { path: folder, directory: true })
    }
  }
  return [...named.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

const add = (archive, entry) =>
  new Promise((resolve, reject) => {
    const content = entry.content === undefined ? undefined : Buffer.from(entry.content)
    const done = (error) => (error ? reject(error) : resolve())
    if (content === undefined) archive.entry(header(entry), done)
    else archive.entry(header({ ...entry, content }), content, done)
  })

/** `{ path, content | link | directory, mode, uid, gid }` → `{ blob, digest, size, diffId }`; the blob is a gzipped tar. */
export const layerOf = async (entries, level = 6) => {
  const archive = pack()
  const chunks = []
  const read = (async () => {
    for await (const chunk of archive) chunks.push(chunk)
  })()
  for (const entry of withFolders(entries)) await add(archive, entry)
  archive.finalize()
  await read
  const plain = Buffer.concat(chunks)
  const blob = gzipSync(plain, { level })
  return { blob, digest: sha256(blob), size: blob.length, diffId: sha256(plain) }
}
