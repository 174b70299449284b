/** What became of a delivery, in the four ways that it can be told. */
import type { DeliveryRow } from '../domain/dashboard/model.js'

export type Fate = 'succeeded' | 'failed' | 'in-flight' | 'unknown'

export const FATES: Readonly<Record<Fate, string>> = {
  succeeded: 'Succeeded',
  failed: 'Did not succeed',
  'in-flight': 'On its way',
  unknown: 'Not recorded',
}

export function fateOf({ endedAt, ok }: Pick<DeliveryRow, 'endedAt' | 'ok'>): Fate {
  if (endedAt === undefined) return 'in-flight'
  if (ok === undefined) return 'unknown'
  return ok ? 'succeeded' : 'failed'
}

/** `rolled-back` → `rolled back` */
export const reasonWords = ({ reason, ...row }: DeliveryRow): string => reason?.replaceAll('-', ' ') ?? FATES[fateOf(row)].toLowerCase()
