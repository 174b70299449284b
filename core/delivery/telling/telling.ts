import type { ChannelOptions } from '../../domain/channels.js'
import type { Notice, Severity } from '../../domain/notice.js'
import type { NotifyPolicy } from '../../domain/telling/policy.js'
import type { News, Told } from '../../domain/telling/told.js'
import type { Ambient } from '../../ports/ambient.js'
import type { Ledger } from '../../ports/ledger.js'
import type { Notifier } from '../../ports/notifier.js'

/** Something that a channel was not told, and why. */
export interface Untold {
  readonly channel: string
  readonly what: string
  readonly why: string
}

/** What a run needs to tell people of an environment. */
export interface TellingParts {
  readonly environment: string
  readonly policy: NotifyPolicy
  /** In surroundings that a cancel does not cut: the last word is said after it. */
  readonly ledger: () => Promise<Pick<Ledger, 'told' | 'record' | 'history'>>
  readonly notifier: (options: ChannelOptions) => Promise<Notifier>
  /** A text without any secret that is known by now. */
  readonly masked: (text: string) => string
}

/** Tells people, beside the work: nothing of it is waited for but `flush`, and nothing of it fails. */
export interface Telling {
  tell(news: News): void
  /**
   * Looks after what is open: what dead runs left untold is told, whoever has seen a failure is noted, and what nobody has seen goes to the next
   * channel. `thorough`: also a failure that there is no message of, which costs a look at the history.
   */
  follow(thorough?: boolean): void
  /** What is open now, by the record; empty when it can't be read. */
  threads(): Promise<readonly Told[]>
  /** Whether this run has told how the thing with this key ended. */
  ended(key: string): boolean
  /** Waits until all is said, but no longer; what is not said then is given up. */
  flush(withinMs: number): Promise<void>
  /** What could not be told so far. */
  untold(): readonly Untold[]
}

/** Where nobody is to be told. */
export const silent: Telling = {
  tell: () => undefined, follow: () => undefined, threads: async () => [], ended: () => false, flush: async () => undefined, untold: () => [],
}

/** What one lane asks of the whole. */
export interface Office {
  readonly parts: TellingParts
  readonly ambient: Pick<Ambient, 'clock' | 'log'>
  /** Aborts when what is not said is given up. */
  readonly over: AbortSignal
  notifier(channel: string): Promise<Notifier>
  untold(channel: string, what: string, why: string): void
  /** The newest state of the thread could not be said there: a later run makes up for it. */
  missed(thread: string, channel: string, notice: Notice, why: string): void
  /** It was said there. */
  reached(thread: string, channel: string): void
  /** It could not be posted there: somebody else is told in its place. */
  fellThrough(thread: string, channel: string, severity: Severity): void
  /** A lane of the thread has nothing to say any more. */
  settled(thread: string): void
  /** A message is there, or has another place now. */
  placed(thread: string, channel: string, place: Readonly<Record<string, string>>): void
}
