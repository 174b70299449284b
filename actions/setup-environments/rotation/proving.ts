import { messageOf } from '../../../core/errors/families.js'
import { probe } from './commands.js'
import { goBack } from './going-back.js'
import { revokeOld } from './revoking.js'
import type { Progress, Turn, Turned } from './turn.js'

/** Proves a stored value, and goes on or goes back. */
export async function proven(turn: Turn, progress: Progress, value: string, old: string | undefined, replaced: boolean): Promise<Turned> {
  let seen: Awaited<ReturnType<typeof probe>>
  try {
    seen = await probe(turn, value, old)
  } catch (fault) {
    seen = { why: messageOf(fault) }
  }
  if (typeof seen === 'object') return goBack(turn, progress, seen.why, old)
  return revokeOld(turn, progress, { value, old, replaced, seen })
}
