import type { Acknowledged, Notice, ThreadRef } from '../domain/notice.js'

/** What a channel can do beyond saying something once. */
export interface ChannelPowers {
  /** A message can be replaced by a newer one. */
  readonly edits: boolean
  /** Details go below a message, out of the way of others. */
  readonly threads: boolean
  /** It can be asked whether somebody has seen a message. */
  readonly acknowledges: boolean
}

/**
 * One channel that people read. Every verb is one exchange that is bounded in time and never repeated by itself: whoever
 * tells decides about that. Each rejects with `RemoteError`, whose text holds no secret: `channel-unreachable` may pass by itself (no answer,
 * 5xx, a limit; `retryAfterMs` is what the channel asked for), `channel-refused` does not, `aborted` came with the run's signal.
 */
export interface Notifier {
  /** As the configuration names it: `slack`, `email`, … */
  readonly name: string
  readonly powers: ChannelPowers
  /** Says it; `failed` and `critical` reach whoever is to be woken (mentions). Where nothing can be found again the place is empty. */
  post(notice: Notice): Promise<ThreadRef>
  /** Shows the newer state of the same thing: edited in place where the channel can, otherwise said again only when its state changed. */
  update(thread: ThreadRef, notice: Notice): Promise<ThreadRef>
  /** A detail below the message; a channel without threads leaves it out. */
  reply(thread: ThreadRef, notice: Notice): Promise<void>
  /** Who has seen it, when somebody has. `undefined` as well where the channel can't be asked. */
  acknowledged(thread: ThreadRef): Promise<Acknowledged | undefined>
  /** It is over: closed, resolved, or said. */
  close(thread: ThreadRef, notice: Notice): Promise<void>
}
