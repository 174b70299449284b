// What engines leave behind when they are killed: processes, mounts, bridges. All are known by our folder or our network.
import { readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { call, poll } from './children.mjs'

const read = (file) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const processes = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      words: read(`/proc/${name}/cmdline`).split('\0'),
      // The name before these fields is in parentheses and may hold anything.
      parent: Number(read(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ')[1] ?? 0),
    }))

const below = (pid, all) => all.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...below(child.pid, all)])

// Shims carry the folder in their arguments; what runs in a container is below its shim.
const belonging = (folder) => {
  const all = processes()
  const ours = all.filter(({ pid, words }) => pid !== process.pid && words.some((word) => word.includes(`${folder}/`)))
  const shims = ours.filter(({ words }) => words[0]?.endsWith('containerd-shim-runc-v2'))
  return { held: shims.flatMap(({ pid }) => below(pid, all)), ours: ours.map(({ pid }) => pid) }
}

const kill = (pid) => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

export const endProcesses = (folder) =>
  poll(10_000, () => {
    const { held, ours } = belonging(folder)
    // First what is in containers: without its shim it would belong to nobody that we could find.
    for (const pid of held.length > 0 ? held : ours) kill(pid)
    return held.length === 0 && ours.length === 0
  })

export const unmount = (folder) => {
  const points = read('/proc/self/mountinfo').split('\n').map((line) => line.split(' ')[4] ?? '').filter((point) => point === folder || point.startsWith(`${folder}/`))
  for (const point of points.toReversed()) call('umount', ['-l', point])
}

export const removeFolder = async (folder) => {
  await endProcesses(folder)
  unmount(folder)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
