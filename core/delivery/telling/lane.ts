import type { Notice, ThreadRef } from '../../domain/notice.js'
import type { Notifier } from '../../ports/notifier.js'
import { exchange } from './exchange.js'
import type { Office } from './telling.js'

/** The messages of one thread in one channel, said in their order. */
export interface Lane {
  /** Shows the newest state; of states that wait for their turn only the newest is said. `detail`: also below the message. */
  say(notice: Notice, detail: boolean): void
  /** Nothing is under way, and nothing waits. */
  idle(): boolean
  /** What still waits, or is under way. */
  waiting(): Notice | undefined
}

/** So many details wait at most: nobody reads more of them at once. */
const MOST_DETAILS = 20
/** A channel that could not be told is spared what is on its way for so long. */
const SPARED_MS = 30_000

export function lane(thread: string, channel: string, place: ThreadRef | undefined, office: Office): Lane {
  const { clock } = office.ambient
  let at = place
  let next: Notice | undefined
  let saying: Notice | undefined
  let details: Notice[] = []
  let busy = false
  let sparedUntil = 0
  let trusted = true

  const show = async (notice: Notice, notifier: Notifier): Promise<boolean> => {
    const there = at
    const done = await exchange(async () => {
      if (there === undefined) return notifier.post(notice)
      if (notice.state !== 'succeeded') return notifier.update(there, notice)
      await notifier.close(there, notice)
      return there
    }, office.ambient, office.over, trusted)
    trusted = done.ok
    if (!done.ok) {
      sparedUntil = clock.now() + SPARED_MS
      if (next?.state === 'running') next = undefined
      // Somebody has deleted it, perhaps: what ends must be read all the same.
      if (done.refused && there !== undefined && notice.state !== 'running') {
        at = undefined
        return show(notice, notifier)
      }
      office.fellThrough(thread, channel, notice.severity)
      office.untold(channel, notice.title, done.why)
      return false
    }
    at = done.value
    if (there === undefined || !samePlace(there, at)) office.placed(thread, channel, at)
    return true
  }
  const detail = async (notice: Notice, notifier: Notifier): Promise<void> => {
    const there = at
    if (there === undefined || !notifier.powers.threads) return
    const done = await exchange(() => notifier.reply(there, notice), office.ambient, office.over, trusted)
    if (!done.ok) office.untold(channel, notice.text, done.why)
  }
  const work = async (): Promise<void> => {
    const notifier = await office.notifier(channel)
    while ((next !== undefined || details.length > 0) && !office.over.aborted) {
      const [notice, below] = [next, details]
      next = undefined
      details = []
      saying = notice ?? below.at(-1)
      if (notice !== undefined && !(await show(notice, notifier))) continue
      for (const one of below) await detail(one, notifier)
    }
  }
  const start = async (): Promise<void> => {
    busy = true
    const opened = await exchange(work, office.ambient, office.over)
    if (!opened.ok) {
      // The channel could not even be opened.
      const { title, severity } = next ?? saying ?? { title: thread, severity: 'info' as const }
      if (at === undefined) office.fellThrough(thread, channel, severity)
      office.untold(channel, title, opened.why)
      next = undefined
      details = []
    }
    saying = undefined
    busy = false
    // Said while the last one was on its way out.
    if (next !== undefined && !office.over.aborted) void start()
    else office.settled(thread)
  }
  return {
    idle: () => !busy,
    waiting: () => next ?? saying,
    say(notice, below) {
      if (notice.state === 'running' && clock.now() < sparedUntil) return
      next = notice
      if (below) details = [...details, notice].slice(-MOST_DETAILS)
      if (!busy && !office.over.aborted) void start()
    },
  }
}

function samePlace(one: ThreadRef, other: ThreadRef): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
