import type { LeaseOwner } from '../../../domain/history.js'
import type { LeasePayload } from './payload.js'

/** One claim on an environment, as far as it is known. */
export interface Claim extends LeasePayload {
  /** Of its deployment: rises with every claim, and so is the fence. */
  readonly id: number
  /** Its end as it was when it was made (server's time, epoch ms). */
  readonly until: number
}

/**
 * Who holds an environment. The lowest claim that lives holds it; one that preempts ends every lower one for good, also
 * after it has died itself. Pure, and the same for every reader whose list holds the same claims.
 */
export function holderOf(claims: readonly Claim[], lives: (claim: Claim) => boolean): Claim | undefined {
  const from = Math.max(0, ...claims.filter(({ preempt }) => preempt).map(({ id }) => id))
  const standing = claims.filter((claim) => claim.id >= from && lives(claim))
  return standing.toSorted((a, b) => a.id - b.id)[0]
}

/** The claim that takes away a held one: one that preempts and is newer, or, where ids did not come to be seen in their order, a lower one. */
export function usurperOf(claims: readonly Claim[], own: Claim, lives: (claim: Claim) => boolean): Claim | undefined {
  const newer = claims.findLast(({ id, preempt }) => preempt && id > own.id)
  if (newer !== undefined || own.preempt) return newer
  return claims.find((claim) => claim.id < own.id && claim.nonce !== own.nonce && lives(claim))
}

export function ownerOf({ id, run }: Claim): LeaseOwner {
  return { lease: String(id), fence: id, run }
}
