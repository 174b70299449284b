// Control groups of pods: one for each container, named after it, where containerd puts those of every Kubernetes.
import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import path from 'node:path'
import { poll } from '../../docker/server/children.mjs'

const root = '/sys/fs/cgroup'

const foldersIn = (place) => (existsSync(place) ? readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(place, name)) : [])

/** Containers that the node in this folder knew when it ended. Those that it had removed have no groups any more. */
const containersOf = (folder) => ['containers', 'sandboxes'].flatMap((kind) => foldersIn(path.join(folder, 'images', 'io.containerd.grpc.v1.cri', kind))).map((place) => path.basename(place))

const remove = (group) => {
  for (const inside of foldersIn(group)) remove(inside)
  rmdirSync(group)
}

const removed = (group) => {
  if (!existsSync(group)) return true
  try {
    remove(group)
    return true
  } catch (error) {
    if (error.code !== 'EBUSY' && error.code !== 'ENOENT') throw error
    return false
  }
}

/** Of both versions of control groups. Processes in them have been ended; it may take a moment until they are gone. */
export const removeGroups = async (folder) => {
  const parents = [root, ...foldersIn(root)].map((place) => path.join(place, 'k8s.io')).filter((place) => existsSync(place))
  const groups = parents.flatMap((parent) => containersOf(folder).map((name) => path.join(parent, name)))
  await poll(5000, () => groups.filter((group) => !removed(group)).length === 0)
  // Others of the machine may be in it.
  for (const parent of parents.filter((one) => foldersIn(one).length === 0)) removed(parent)
}
