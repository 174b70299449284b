import type { Acknowledged, Notice, ThreadRef } from '../../../core/domain/notice.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { ChannelPowers, Notifier } from '../../../core/ports/notifier.js'

export interface Said {
  readonly verb: 'post' | 'update' | 'reply' | 'close' | 'acknowledged'
  readonly channel: string
  readonly message: string
  readonly notice?: Notice
}

/** Rooms full of people, as channels have them: shared by every process that tells. */
export class Channels {
  /** Every exchange that arrived, in its order. */
  readonly said: Said[] = []
  /** Message → who has seen it. */
  readonly seen = new Map<string, Acknowledged>()
  /** What a channel answers in the place of doing it; `undefined`: it does it. */
  trouble: (channel: string, verb: Said['verb'], count: number) => Error | Promise<Error | undefined> | undefined = () => undefined
  powers: (channel: string) => ChannelPowers = () => ({ edits: true, threads: true, acknowledges: true })
  private attempts = 0
  private readonly posted = new Map<string, number>()

  notifier(channel: string): Notifier {
    const arrive = async (verb: Said['verb'], message: string, notice?: Notice): Promise<void> => {
      this.attempts += 1
      const fault = await this.trouble(channel, verb, this.attempts)
      if (fault !== undefined) throw fault
      this.said.push({ verb, channel, message, ...(notice === undefined ? {} : { notice }) })
    }
    const idOf = (place: ThreadRef): string => place['message'] ?? ''
    return {
      name: channel, powers: this.powers(channel),
      post: async (notice) => {
        const count = (this.posted.get(channel) ?? 0) + 1
        const message = `${channel}-${count}`
        await arrive('post', message, notice)
        this.posted.set(channel, count)
        return { message }
      },
      update: async (place, notice) => {
        await arrive('update', idOf(place), notice)
        return place
      },
      reply: (place, notice) => arrive('reply', idOf(place), notice),
      close: (place, notice) => arrive('close', idOf(place), notice),
      acknowledged: async (place) => {
        await arrive('acknowledged', idOf(place))
        return this.seen.get(idOf(place))
      },
    }
  }

  /** `post slack-1 running`, … without what was only asked. */
  get lines(): readonly string[] {
    return this.said.filter(({ verb }) => verb !== 'acknowledged').map(({ verb, message, notice }) => `${verb} ${message} ${notice?.state ?? ''}`)
  }

  /** What people see of a message now. */
  shows(message: string): Notice | undefined {
    return this.said.findLast((one) => one.message === message && one.verb !== 'reply' && one.notice !== undefined)?.notice
  }
}

export function down(retryAfterMs?: number): RemoteError {
  return new RemoteError('channel-unreachable', { message: 'Could not tell: nothing answers.', service: 'chat', operation: 'tell', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}

export function refused(message = 'Could not tell: `not_in_channel`.'): RemoteError {
  return new RemoteError('channel-refused', { message, service: 'chat', operation: 'tell', status: 403 })
}
