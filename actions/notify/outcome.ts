import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  told: 'Every channel that this is for was told.',
  'told-in-part': 'Somebody was told, and at least one channel could not be; the summary says which, and why.',
  'nobody-to-tell': 'The environment has no `notify`, or none of its channels is for this severity. Nobody was told.',
  'not-told': 'No channel could be told; the summary says why.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['told', 'not-told'] as const

export type NotifyOutcome = Outcome<Reason, (typeof outputs)[number]>
