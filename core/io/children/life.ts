import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from '../errno.js'
import { isDead, statOf } from './stat.js'

/** Start time of a process in the machine's own unit; `undefined` when there is no such process, `''` when the machine can't tell. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid)
  if (stat) return isDead(stat) ? undefined : stat.started
  return fromPs(pid)
}

function fromPs(pid: number): string | undefined {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { ...pathOnly(), LC_ALL: 'C', TZ: 'UTC' } })
  if (ps.error) return exists(pid) ? '' : undefined
  const line = ps.stdout.trim().replaceAll(/\s+/g, ' ')
  // It is there, and hidden from us: another user's.
  if (line === '') return exists(pid) ? '' : undefined
  return line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ') + 1)
}

/** Where `ps` is on every Unix: this module reads no environment. */
function pathOnly(): { PATH: string } {
  return { PATH: '/bin:/usr/bin' }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return errnoOf(thrown) === 'EPERM'
  }
}

/** Whether this very process still lives. */
export function alive(pid: number, started: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid)) return false
  const found = startOf(pid)
  if (found === undefined) return false
  return found === '' || started === '' || found === started
}

/** Our own start time, for the record of a run. */
export function ownStart(): string {
  return startOf(process.pid) ?? ''
}

/**
 * Where process numbers mean what they mean here: this start of this machine and, in a container, its own count. Host
 * names do not tell: machines made from one image, and containers, often share theirs. `''` when the machine can't tell.
 */
export function ownRealm(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot.slice(0, 13)}-${readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')}`
  } catch {
    return ''
  }
}
