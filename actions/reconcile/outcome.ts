import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  'nothing-open': 'Every delivery on record has ended. Nothing was changed.',
  healed: 'What dead runs left open was finished or taken back, as the platform showed, and closed.',
  'in-flight': 'A delivery is open, and its run lives, or another run holds the environment and heals it first. It was left alone.',
  planned: 'A dry run: what is open was told, nothing was changed.',
  'not-healed': 'In one environment at least, what is open could not be healed; the message says why. What could be healed elsewhere was.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['healed', 'open'] as const

export type ReconcileOutcome = Outcome<Reason, (typeof outputs)[number]>
