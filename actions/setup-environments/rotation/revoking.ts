import { messageOf } from '../../../core/errors/families.js'
import { runRecipe } from './commands.js'
import { ended, quietly, type Progress, type Turn, type Turned } from './turn.js'

export interface Proven {
  readonly value: string | undefined
  readonly old: string | undefined
  /** Something was stored before, so that there is something to revoke. */
  readonly replaced: boolean
  /** What was seen of the new value. */
  readonly seen: 'works' | 'unknown'
}

/** The new value stands; the old one is revoked, and then nothing is left to do. */
export async function revokeOld(turn: Turn, progress: Progress, { value, old, replaced, seen }: Proven): Promise<Turned> {
  const { name, recipe, ambient } = turn
  const { revoke, revokeNeedsOld } = recipe
  if (revoke === undefined || !replaced) return finished(turn, progress, seen, '')
  if (revokeNeedsOld && old === undefined) {
    await progress.clear()
    return ended(turn, 'revoke-failed', `The new value of \`${name}\` stands, and the old one was not revoked: this job does not know it. Revoke it by hand.`)
  }
  await progress.to('revoking')
  let why: string | undefined
  try {
    why = (await runRecipe(`revoke the old value of \`${name}\``, revoke, turn, { value, old })).why
  } catch (fault) {
    if (ambient.signal.aborted) return ended(turn, 'cancelled', `The new value of \`${name}\` works and stands; cancelled while the old one was being revoked. ${nextTime(turn)}`)
    why = messageOf(fault)
  }
  return why === undefined ? finished(turn, progress, seen, ', and the old one is revoked') : failed(turn, progress, why)
}

async function failed(turn: Turn, progress: Progress, why: string): Promise<Turned> {
  // Without the old value no later run could try again.
  if (!canTryAgain(turn)) await quietly(turn, () => progress.clear())
  return ended(turn, 'revoke-failed', `The new value of \`${turn.name}\` works and stands, but the old one was not seen to be revoked: ${why}. ${nextTime(turn)}`)
}

function canTryAgain({ recipe }: Turn): boolean {
  return !recipe.revokeNeedsOld || recipe.keepPrevious
}

function nextTime(turn: Turn): string {
  return canTryAgain(turn) ? 'The next run tries again.' : 'Revoke it by hand.'
}

async function finished(turn: Turn, progress: Progress, seen: Proven['seen'], also: string): Promise<Turned> {
  await quietly(turn, async () => {
    // So that nobody takes what is done for what is left to do.
    if (turn.recipe.revoke !== undefined || turn.recipe.keepPrevious) await progress.to('ending')
    await progress.clear()
  })
  return seen === 'works'
    ? ended(turn, 'rotated', `\`${turn.name}\` has a new value that passes \`verify\`${also}.`)
    : ended(turn, 'rotated-unverified', `\`${turn.name}\` has a new value; there is no \`verify\` that could say whether it works.`)
}
