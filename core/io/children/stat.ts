import { readFileSync, readdirSync } from 'node:fs'

/** What Linux says of a process in `/proc`; `undefined` without such a process or without `/proc`. */
export interface Stat {
  readonly state: string
  readonly group: number
  /** Clock ticks since the machine's start. */
  readonly started: string
}

export function statOf(pid: number | string): Stat | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name in parentheses may hold anything, also spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0]!, group: Number(fields[2]), started: fields[19]! }
}

/** Dead, and only waiting for a parent that asks; in a container without an init it waits for ever. */
export function isDead({ state }: Stat): boolean {
  return state === 'Z' || state === 'X'
}

/** Whether a group has a member that is not dead; `undefined` when the machine can't tell. */
export function hasLivingMember(group: number): boolean | undefined {
  let pids: string[]
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return undefined
  }
  if (pids.length === 0) return undefined
  return pids.some((pid) => {
    const stat = statOf(pid)
    return stat?.group === group && !isDead(stat)
  })
}
