import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/** The start time of a living process in the machine's own unit, which tells a reused pid apart; `undefined` when it is gone or a zombie. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStart(pid) : portableStart(pid)
}

function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function portableStart(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' } }).trim().replaceAll(/\s+/g, ' ')
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}

export function lives(pid: number, started: string): boolean {
  return startOf(pid) === started
}

/** Signals a whole process group; says whether there was one. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

/**
 * Processes that carry this mark in their environment. A server that is killed between starting a process and
 * recording it leaves one that no record names; only Linux can be asked.
 */
export function markedProcesses(mark: string): readonly { readonly pid: number; readonly started: string }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark))
    .map((name) => ({ pid: Number(name), started: startOf(Number(name)) ?? '' }))
    .filter(({ pid, started }) => started !== '' && pid !== process.pid)
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}
