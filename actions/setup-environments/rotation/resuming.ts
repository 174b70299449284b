import { mayBeAtWork, markName, resumption, type RotationMark } from '../../../core/domain/rotation.js'
import { previousName } from '../../../core/domain/secret-policy.js'
import { goBack } from './going-back.js'
import { proven } from './proving.js'
import { revokeOld } from './revoking.js'
import { ended, givenValue, hide, ownMark, progressOf, type Progress, type Turn, type Turned } from './turn.js'

/** Two runs that find the same mark both write their own; who reads its own after this while is the one. */
const SETTLE_MS = 2000

/** Finishes what a run that is gone had begun; `afresh` begins anew where nothing of it counts any more. */
export async function resumed(turn: Turn, left: RotationMark | 'unreadable', updatedAt: number | undefined, afresh: (progress: Progress) => Promise<Turned>): Promise<Turned> {
  const { environment, name, ports, ambient } = turn
  if (left === 'unreadable') {
    return ended(turn, 'interrupted', `The variable \`${markName(name)}\` of \`${environment}\` holds what is no mark of a rotation. Look who set it, and remove it.`)
  }
  const lives = left.host === ambient.run.host ? ambient.process.alive(left.pid, left.started) : await ports.marks.lives(left.run)
  if (mayBeAtWork(left, ambient.run, lives, ambient.clock.now())) {
    return ended(turn, 'in-progress', `Run ${left.run} is rotating \`${name}\`${lives === undefined ? ', or died a short while ago: nobody can tell, give the token `actions: read`' : ''}.`)
  }
  const { kind, why } = resumption(left, updatedAt)
  ambient.log.warn(why)
  const progress = await takenOver(turn, left, kind === 'afresh' ? { phase: 'making', was: updatedAt } : left)
  if (progress === undefined) return ended(turn, 'in-progress', `Another run has just taken over the rotation of \`${name}\`.`)
  if (kind === 'afresh') return afresh(progress)
  return finishing(turn, progress, left, updatedAt, kind, why)
}

async function finishing(turn: Turn, progress: Progress, left: RotationMark, updatedAt: number | undefined, kind: 'verify' | 'restore' | 'revoke' | 'end', why: string): Promise<Turned> {
  const { name, environment, recipe } = turn
  const value = givenValue(turn, updatedAt)
  const old = givenValue(turn, left.set ?? left.at, previousName(name))
  for (const known of [value, old]) if (known !== undefined) hide(known, turn.ambient)
  const replaced = left.was !== undefined
  if (kind === 'end') {
    await progress.clear()
    return ended(turn, 'rotated', `${why} That is done now.`)
  }
  // Without the old value all that can be done is to look once more: that it was not proven does not mean that it is bad.
  if (kind === 'restore' && old !== undefined) return goBack(turn, progress, why.replace(/\.$/, ''), old)
  if (kind === 'revoke') return revokeOld(turn, progress, { value, old, replaced, seen: 'works' })
  if (left.set === undefined && updatedAt !== undefined) await progress.to('verifying', { set: updatedAt })
  if (value === undefined && recipe.verify !== undefined) {
    return ended(turn, 'interrupted', `${why} Whether the value that is stored in \`${environment}\` works is not known: this job is not given it. Add \`${name}: \${{ secrets.${name} }}\` to \`env:\` and run this again.`)
  }
  return proven(turn, progress, value ?? '', old, replaced)
}

/** Makes a mark this run's own. */
async function takenOver(turn: Turn, left: RotationMark, { phase, was, set }: { readonly phase: RotationMark['phase']; readonly was?: number | undefined; readonly set?: number | undefined }): Promise<Progress | undefined> {
  const { environment, name, ports, ambient } = turn
  const mark = ownMark(turn, phase, { ...(was === undefined ? {} : { was }), ...(set === undefined ? {} : { set }) })
  const now = await ports.marks.read(environment, name)
  if (now === undefined || now === 'unreadable' || now.run !== left.run || now.at !== left.at) return undefined
  await ports.marks.advance(environment, name, mark)
  await ambient.clock.sleep(SETTLE_MS, ambient.signal)
  const after = await ports.marks.read(environment, name)
  if (after === undefined || after === 'unreadable' || after.run !== mark.run || after.at !== mark.at || after.job !== mark.job) return undefined
  return progressOf(turn, mark)
}
