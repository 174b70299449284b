import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  published: 'The page and its exports were written; everything that was asked for could be read.',
  'partly-read': 'The page was written, and a part of the record could not be read; the page names it under its gaps. The step fails unless `allow-gaps` is set.',
  'nothing-recorded': 'The page was written and is empty: no delivery is on record in any environment. That is right before the first one; later it means another ledger or state folder. The step fails unless `allow-gaps` is set.',
  'not-read': 'No environment could be read. Nothing was written.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['folder', 'page', 'environments', 'deliveries', 'live', 'gaps'] as const

export type PublishOutcome = Outcome<Reason, (typeof outputs)[number]>
