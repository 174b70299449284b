import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  built: 'The image was built.',
  reused: 'An image of the same content was there already; nothing was built.',
  'too-large': 'The image is larger than `max-size` allows. It is not announced.',
  vulnerable: 'The image has known vulnerabilities that are as bad as `scan.fail-on` says, or worse, and nobody accepted them. It is not announced.',
  'not-signed': 'The image could not be signed, and `build.sign` asks for it. It is not announced.',
  'scan-incomplete': 'The scanner could not look at all of the image, or found no packages in it: what it did not find proves nothing. It is not announced.',
  'scan-outdated': 'The database of the scanner is older than `scan.database-max-age`, or nobody knows how old. The image is not announced.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['image', 'digest', 'version', 'content-key', 'reused', 'bytes', 'cache', 'tags', 'sarif', 'vulnerabilities'] as const

/** What one step of the flow has to put out. */
export type BuildOutputs = Partial<Readonly<Record<(typeof outputs)[number], string>>>

export type BuildOutcome = Outcome<Reason, (typeof outputs)[number]>
