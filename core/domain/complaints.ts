import type { Finding } from './trigger.js'

/** What counts as a complaint of users about a release, and how many are too many. */

/** Issues that were opened with a label in the repository that this runs for. */
export interface ComplaintIssues {
  readonly name: 'github-issues'
  readonly label: string
}

export const sentryCounts = ['new-issues', 'errors', 'feedback'] as const

/** What Sentry has of the release. */
export interface ComplaintSentry {
  readonly name: 'sentry'
  /** `https://sentry.io`, or of a server of one's own. */
  readonly url: string
  readonly organization: string
  /** Number of the project; absent: all that the token may see. */
  readonly project?: number
  readonly environment?: string
  /** How releases are named there; `{version}` stands for the version. */
  readonly release: string
  readonly token: string
  /** `new-issues`: faults that this release brought; `errors`: each error event; `feedback`: what users wrote. */
  readonly count: (typeof sentryCounts)[number]
}

/** A number at an address of one's own. */
export interface ComplaintCounter {
  readonly name: 'counter'
  /** With `{since}` in it (a time) the answer counts from there; otherwise it is a counter that only grows. `{version}` stands for the version. */
  readonly url: string
  /** Dotted path of the number in the JSON answer; empty: the answer is the number. */
  readonly json: string
  readonly bearer?: string
}

export interface ComplaintsOptions {
  /** So many are borne; one more sends the release back. */
  readonly moreThan: number
  readonly source: ComplaintIssues | ComplaintSentry | ComplaintCounter
}

/** `counted` says how many of what there are since when: "6 issues labelled `complaint` since 03:31". */
export function complaintsFound(count: number, moreThan: number, counted: string): Finding {
  return { kind: count > moreThan ? 'fired' : 'calm', detail: `${counted}; ${moreThan} ${moreThan === 1 ? 'is' : 'are'} borne` }
}

/** For people: `2026-11-22 03:31 UTC`. */
export function momentOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
