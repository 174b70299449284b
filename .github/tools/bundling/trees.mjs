import { readdir, readFile, rmdir } from 'node:fs/promises'
import path from 'node:path'

export const listFiles = async (folder) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).toSorted()
}

const same = async (a, b) => (await readFile(a)).equals(await readFile(b))

// what: 'missing' and 'different' are to be written to `there`, 'stale' is to be removed from it
export const compareTrees = async (made, there) => {
  const wanted = await listFiles(made)
  const present = new Set(await listFiles(there))
  const differences = []
  for (const file of wanted) {
    if (!present.has(file)) differences.push({ file, what: 'missing' })
    else if (!(await same(path.join(made, file), path.join(there, file)))) differences.push({ file, what: 'different' })
    present.delete(file)
  }
  return [...differences, ...[...present].map((file) => ({ file, what: 'stale' }))]
}

export const removeEmptyFolders = async (folder) => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries.filter((found) => found.isDirectory())) await removeEmptyFolders(path.join(folder, entry.name))
  if ((await readdir(folder).catch(() => ['?'])).length === 0) await rmdir(folder)
}
