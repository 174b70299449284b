// The most memory that a program had at once, as Linux counts it (resident, MB).
import { readFileSync, readdirSync } from 'node:fs'

const LOOK_EVERY_MS = 20

/** Looks until the program has ended or `done` is called, which gives the peak of the largest process: of it alone, or of it and its children. */
export function watchMemory(pid, { children = false } = {}) {
  let peak = 0
  const look = () => {
    for (const one of children ? [pid, ...childrenOf(pid)] : [pid]) peak = Math.max(peak, peakOf(one))
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    done: () => {
      clearInterval(timer)
      return peak
    },
  }
}

function peakOf(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
}

function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => textOf(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean))
  } catch {
    return []
  }
}

/** A process that has ended says nothing. */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
