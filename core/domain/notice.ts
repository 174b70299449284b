/** What people are told of a delivery, a watch or a backup, and to whom it goes. Source: DESIGN §5, `Notifier`. */

export const severities = ['info', 'warning', 'critical'] as const
/** `info`: all is well. `warning`: somebody should look today. `critical`: somebody should look now. */
export type Severity = (typeof severities)[number]

export const noticeStates = ['running', 'succeeded', 'failed', 'waiting'] as const
/** Where the thing that is told of stands; a closed incident has `succeeded`. */
export type NoticeState = (typeof noticeStates)[number]

/** One thing that is told of, as it stands now: a channel that can edit shows the newest one under the same `key`. */
export interface Notice {
  /** Stable for the thing told of, so that it has one message per channel: the delivery's id, or `backup-old:<environment>`. */
  readonly key: string
  readonly app: string
  readonly environment: string
  readonly severity: Severity
  readonly state: NoticeState
  /** One line, without markup. */
  readonly title: string
  /** A sentence or two, without markup. */
  readonly text: string
  /** Names and values that belong beside the text: version, weight, requests, who. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** The run, or the issue; empty where there is none. */
  readonly link: string
  /** Epoch ms. */
  readonly at: number
}

/** Where a channel keeps a message, in its own words; kept in the ledger so that any later job finds it. Never a secret. */
export type ThreadRef = Readonly<Record<string, string>>

/** Somebody has seen it: a reaction, a reply in the thread, a silence, a comment. */
export interface Acknowledged {
  readonly by: string
  /** Epoch ms, where the channel says it. */
  readonly at?: number
}
