import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

// Outside the checkout, so that a fresh clone on the same machine builds nothing again.
export const cacheRoot = () => {
  const base = process.env.ECLUSE_ENGINES || process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache')
  return path.join(path.resolve(base), 'ecluse', 'engines')
}

export const folderOf = (name, version) => path.join(cacheRoot(), `${name}-${version}`)

// A folder under its final name is complete: it is made beside it and renamed at the end.
export const make = async (folder, fill) => {
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o755 })
  const draft = await mkdtemp(`${folder}.draft-`)
  try {
    await fill(draft)
    await rename(draft, folder).catch((error) => {
      // Somebody else finished the same version first: theirs is as good.
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

const everybodyEnters = async (folder) => {
  if (((await stat(folder)).mode & 0o001) === 0) return false
  const parent = path.dirname(folder)
  return parent === folder || everybodyEnters(parent)
}

// The first of these folders that another user of this machine can reach into.
export const reachable = async (folders) => {
  for (const folder of folders) if (existsSync(folder) && (await everybodyEnters(folder))) return folder
  throw new Error(`Other users can enter none of ${folders.join(', ')}. Set TMPDIR to a folder that they can enter.`)
}
