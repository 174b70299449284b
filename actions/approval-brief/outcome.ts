import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  briefed: 'What is to be approved is told, and nothing that was found speaks against it. Nothing was changed.',
  'briefed-with-warnings': 'What is to be approved is told, with what speaks against it on top. Nothing was changed.',
  'not-known': 'Nothing that was found speaks against it, but not all could be found, and `strict` says that this fails. Nothing was changed.',
  warned: 'Something speaks against it, and `strict` says that this fails. Nothing was changed.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['warnings', 'unknown', 'live', 'compare-url'] as const

export type BriefOutcome = Outcome<Reason, (typeof outputs)[number]>
