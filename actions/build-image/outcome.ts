import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  built: 'The image was built.',
  reused: 'An image of the same content was there already; nothing was built.',
  'too-large': 'The image is larger than `max-size` allows. It is not announced.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['image', 'digest', 'version', 'content-key', 'reused', 'bytes'] as const

/** What one step of the flow has to put out. */
export type BuildOutputs = Partial<Readonly<Record<(typeof outputs)[number], string>>>

export type BuildOutcome = Outcome<Reason, (typeof outputs)[number]>
