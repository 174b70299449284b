/** What can send a release back beside the judge's comparison. Each is on or off by itself and has its own reason. */

export const triggerNames = ['health-check-failure', 'user-complaints', 'resource-exhaustion', 'slo-burn'] as const
export type TriggerName = (typeof triggerNames)[number]

/** The release that is looked at. */
export interface Suspect {
  readonly version: string
  /** When it got its first traffic (epoch ms). */
  readonly since: number
  /** It has all traffic, and no stable release runs beside it. */
  readonly alone: boolean
}

/** What a look found. `no-data` is neither well nor ill: it never promotes and never rolls back by itself. */
export type Finding =
  | { readonly kind: 'calm'; readonly detail: string }
  | { readonly kind: 'fired'; readonly detail: string }
  | { readonly kind: 'no-data'; readonly detail: string }
