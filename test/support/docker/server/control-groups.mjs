// Docker in a container, on the second version of control groups: the kernel lets a group hold processes or hand its controllers
// down, not both, and in a container all processes are in what it sees as the root. They move one group down.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const words = (file) => readFileSync(file, 'utf8').split(/\s+/).filter(Boolean)

// The machine's own root has no `cgroup.type`, and the rule does not hold there.
const isContainersRoot = (root) => existsSync(path.join(root, 'cgroup.type')) && existsSync(path.join(root, 'cgroup.controllers'))

export const handControllersDown = (root = '/sys/fs/cgroup') => {
  if (!isContainersRoot(root)) return
  const controllers = words(path.join(root, 'cgroup.controllers'))
  const handed = words(path.join(root, 'cgroup.subtree_control'))
  if (controllers.every((name) => handed.includes(name))) return
  const below = path.join(root, 'tests')
  mkdirSync(below, { recursive: true })
  for (const pid of words(path.join(root, 'cgroup.procs'))) {
    try {
      writeFileSync(path.join(below, 'cgroup.procs'), pid)
    } catch {
      // It has ended meanwhile, or is the kernel's.
    }
  }
  writeFileSync(path.join(root, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
}
