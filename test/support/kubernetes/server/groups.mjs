// Control groups of pods: all are below one that has the name of the cluster's folder.
import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import path from 'node:path'
import { poll } from '../../docker/server/children.mjs'

const root = '/sys/fs/cgroup'

export const groupOf = (folder) => `${path.basename(path.dirname(folder))}-${path.basename(folder)}`

const foldersIn = (place) => readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(place, name))

const remove = (group) => {
  for (const inside of foldersIn(group)) remove(inside)
  rmdirSync(group)
}

/** Of both versions of control groups. Processes in them have been ended; it may take a moment until they are gone. */
export const removeGroups = async (folder) => {
  if (!existsSync(root)) return
  const places = [root, ...foldersIn(root)].map((place) => path.join(place, groupOf(folder)))
  await poll(5000, () => {
    for (const place of places.filter((one) => existsSync(one))) {
      try {
        remove(place)
      } catch (error) {
        if (error.code !== 'EBUSY' && error.code !== 'ENOENT') throw error
      }
    }
    return !places.some((place) => existsSync(place))
  })
}
