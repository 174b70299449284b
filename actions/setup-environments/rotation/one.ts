import { previousName, type StoredSecret } from '../../../core/domain/secret-policy.js'
import { messageOf } from '../../../core/errors/families.js'
import { goBack, portsNow } from './going-back.js'
import { proven } from './proving.js'
import { resumed } from './resuming.js'
import { ended, givenValue, hide, ownMark, progressOf, quietly, type Progress, type Turn, type Turned } from './turn.js'
import { newValue } from './value.js'

/** Rotates one secret, or finishes what a run that is gone had begun of it. */
export async function rotateOne(turn: Turn, stored: StoredSecret | undefined): Promise<Turned> {
  const { environment, name, ports, ambient } = turn
  if (stored !== undefined && stored.scope !== 'environment') {
    return ended(turn, 'shared-secret', `\`${name}\` belongs to the ${stored.scope}, and other environments use the same value. Set one of its own for \`${environment}\` first.`)
  }
  const left = await ports.marks.read(environment, name)
  if (left !== undefined) return resumed(turn, left, stored?.updatedAt, (progress) => afresh(turn, stored, progress))
  const was = stored?.updatedAt
  const old = givenValue(turn, was)
  const blocked = blockedBy(turn, was, old)
  if (blocked !== undefined) return blocked
  const mark = ownMark(turn, 'making', was === undefined ? {} : { was })
  if (!(await ports.marks.claim(environment, name, mark))) return ended(turn, 'in-progress', `Another run has just begun to rotate \`${name}\`.`)
  ambient.log.step(`Rotate \`${name}\` of \`${environment}\``)
  return afresh(turn, stored, progressOf(turn, mark))
}

/** Without the old value there is nothing that `revoke` could work on: better known before than after. */
function blockedBy(turn: Turn, was: number | undefined, old: string | undefined): Turned | undefined {
  const { name, recipe } = turn
  if (recipe.revoke === undefined || !recipe.revokeNeedsOld || was === undefined || old !== undefined) return undefined
  const why = turn.values[name] ? 'it has been set since this job began' : 'this job is not given it'
  return ended(turn, 'old-unknown', `The old value of \`${name}\` could not be revoked: ${why}. Nothing was changed. Add \`${name}: \${{ secrets.${name} }}\` to \`env:\`, or set \`revoke-needs-old: false\`.`)
}

/** A new value, stored, proven, and the old one revoked. The mark is this run's. */
async function afresh(turn: Turn, stored: StoredSecret | undefined, progress: Progress): Promise<Turned> {
  const { environment, name, recipe, ports } = turn
  const was = stored?.updatedAt
  const old = givenValue(turn, was)
  const blocked = blockedBy(turn, was, old)
  if (blocked !== undefined) {
    await progress.clear()
    return blocked
  }
  if (old !== undefined) hide(old, turn.ambient)
  const made = await unlessKept(turn, progress, () => newValue(turn, old))
  if ('why' in made) {
    await progress.clear()
    return ended(turn, 'make-failed', `There is no new value for \`${name}\`: ${made.why}. Nothing was changed.`)
  }
  const { value } = made
  await unlessKept(turn, progress, async () => {
    if (recipe.keepPrevious && old !== undefined) await ports.secrets.set(environment, previousName(name), old)
    await progress.to('setting')
  })
  try {
    await ports.secrets.set(environment, name, value)
    const set = await ports.secrets.updatedAt(environment, name)
    await progress.to('verifying', set === undefined ? {} : { set })
  } catch (fault) {
    return notStored(turn, progress, fault, was, old)
  }
  return proven(turn, progress, value, old, was !== undefined)
}

/** Whatever goes wrong before anything is stored leaves no mark behind. */
async function unlessKept<T>(turn: Turn, progress: Progress, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (fault) {
    await quietly(turn, async () => progress.clear(await portsNow(turn)))
    throw fault
  }
}

/** Nobody knows whether it was stored, unless the time at which it was last set says so. */
async function notStored(turn: Turn, progress: Progress, fault: unknown, was: number | undefined, old: string | undefined): Promise<Turned> {
  const ports = await portsNow(turn)
  let now: number | undefined
  try {
    now = await ports.secrets.updatedAt(turn.environment, turn.name)
  } catch {
    return goBack(turn, progress, messageOf(fault), old)
  }
  // What was cut off on its way may still arrive: the old value, set after it, is the last word.
  const { aborted } = turn.ambient.signal
  if (now !== was || (aborted && old !== undefined)) return goBack(turn, progress, messageOf(fault), old)
  if (!aborted) await quietly(turn, () => progress.clear(ports))
  throw fault
}
