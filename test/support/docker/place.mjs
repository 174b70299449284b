// Where the lab is, and whether it is there.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { reachable } from '../engines/place.mjs'

export const serverFolder = fileURLToPath(new URL('server', import.meta.url))
const clusterFolder = fileURLToPath(new URL('../kubernetes/server', import.meta.url))
// The path of a socket may have 107 characters at most, and users of hosts by ssh have to reach it.
const places = () => [os.tmpdir(), '/tmp', '/var/tmp'].filter((place) => place.length <= 40)

/** One lab for each checkout and each version of its code. */
export const labFolder = async () => {
  const key = createHash('sha256').update(serverFolder)
  for (const folder of [serverFolder, clusterFolder]) {
    for (const file of readdirSync(folder).toSorted()) key.update(readFileSync(path.join(folder, file)))
  }
  return path.join(await reachable(places()), `ecluse-docker-${key.digest('hex').slice(0, 10)}`)
}

// Its place is a folder where everybody writes: it is used only as we made it.
export const ownFolder = (folder) => {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const { uid } = lstatSync(folder)
  if (uid !== process.getuid()) throw new Error(`\`${folder}\` belongs to another user. Remove it, or set TMPDIR to a folder of your own.`)
  chmodSync(folder, 0o711)
}

export const lockOf = (folder) => path.join(folder, 'lock')

/** Waits until the lab has ended and left nothing behind; not longer than this, since another run may use it. */
export const labEnded = async (seconds = 15) => {
  if (process.platform !== 'linux') return
  const lock = lockOf(await labFolder())
  if (existsSync(lock)) spawnSync('flock', ['-w', String(seconds), lock, 'true'])
}
