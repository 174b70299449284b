import { servedVersion, type Answer, type IdentityRule } from '../../../domain/identity.js'

/** What one request of ours showed of the arm that it was sent to. */
export type Seen =
  | { readonly kind: 'served' | 'failed'; readonly elapsedMs: number }
  /** Another release answered. */
  | { readonly kind: 'other'; readonly version: string }
  /** Somebody answered, and did not say who. */
  | { readonly kind: 'nameless'; readonly why: string }

/** An arm that answers with a fault has failed, whoever it says it is: nobody but it was asked. Any other answer counts under its name only. */
export function seenIn(answer: Answer, rule: IdentityRule, identity: string): Seen {
  if (answer.status >= 500) return { kind: 'failed', elapsedMs: answer.elapsedMs }
  const served = servedVersion(rule, answer)
  if ('missing' in served) return { kind: 'nameless', why: served.missing }
  return served.version === identity ? { kind: 'served', elapsedMs: answer.elapsedMs } : { kind: 'other', version: served.version }
}
