import type { EnvironmentHistory, Fact } from '../../core/domain/history.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { pinnedImage, servingImage, type Release } from '../../core/domain/release.js'

type Checked = Extract<Fact, { type: 'checked' }>

/** How a release did in staging. */
export interface StagingEvidence {
  /** The last delivery of this very image there. */
  readonly delivered?: { readonly ok: boolean; readonly reason: string; readonly at: number; readonly delivery: string }
  /** The last smoke test of its version since. */
  readonly checked?: Checked
}

/** By digest: another image of the same version proves nothing. Settings differ from environment to environment and do not count. */
export function stagingEvidence({ deliveries, facts }: EnvironmentHistory, release: Release): StagingEvidence {
  const digest = digestOf(release)
  const last = deliveries.findLast(({ intent, result }) => result !== undefined && intent.kind !== 'rollback' && digestOf(intent.release) === digest)
  if (last?.result === undefined) return {}
  const { ok, reason, at } = last.result
  const checked = facts.findLast((fact): fact is Checked => fact.type === 'checked' && fact.version === release.version && fact.at >= last.begunAt)
  return { delivered: { ok, reason, at, delivery: last.id }, ...(checked === undefined ? {} : { checked }) }
}

/** The newest backup that was restored and found equal, by the age of what is in it. */
export function newestVerified({ facts }: EnvironmentHistory): { readonly receipt: Receipt; readonly at: number } | undefined {
  const found = facts.flatMap((fact) => (fact.type === 'receipt' && fact.receipt.verified !== null ? [{ receipt: fact.receipt, at: Date.parse(fact.receipt.takenAt) || fact.at }] : []))
  return found.toSorted((a, b) => b.at - a.at)[0]
}

function digestOf(release: Release): string {
  const image = servingImage(release)
  return pinnedImage(image)?.digest ?? image
}
