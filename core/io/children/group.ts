import { setTimeout as pause } from 'node:timers/promises'
import { errnoOf } from '../errno.js'
import { hasLivingMember } from './stat.js'

const GRACE_MS = 2000
const LOOK_MS = 25

/** Sends a signal to every process of a group; `false` when the group is gone. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal)
    return true
  } catch (thrown) {
    // A member that changed its user is still a member.
    return errnoOf(thrown) === 'EPERM'
  }
}

/** Asks a whole group to end, and makes it end when it has not after two seconds. */
export async function stopGroup(leader: number): Promise<void> {
  signalGroup(leader, 'SIGTERM')
  const until = performance.now() + GRACE_MS
  while (performance.now() < until) {
    await pause(LOOK_MS)
    if (!signalGroup(leader, 0) || hasLivingMember(leader) === false) return
  }
  signalGroup(leader, 'SIGKILL')
}
