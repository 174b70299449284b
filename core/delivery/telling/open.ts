import type { Ambient } from '../../ports/ambient.js'
import { deskOf, handle, type Desk } from './desk.js'
import { follow } from './follow.js'
import type { Telling, TellingParts } from './telling.js'

/** The last words of a run that is over get so long. */
const LAST_WORDS_MS = 2500
const LOOK_EVERY_MS = 20
/** Of the time that is left, so much is for the record of who was told: without it a later run would take this one for lost. */
const LAST_RECORD_MS = 1250

/** Opens nothing yet: channels and ledger are opened when there is something to say. */
export function openTelling(parts: TellingParts, ambient: Pick<Ambient, 'clock' | 'log' | 'atEnd'>): Telling {
  const over = new AbortController()
  const desk = deskOf(parts, ambient, over.signal)
  const { book, turn } = desk
  const ended = new Set<string>()
  const telling: Telling = {
    tell(news) {
      if (over.signal.aborted) return
      if (news.notice.state !== 'running') ended.add(news.notice.key)
      turn.later(() => handle(news, desk))
    },
    follow(thorough = false) {
      if (!over.signal.aborted) turn.later(() => follow(desk, thorough))
    },
    async threads() {
      await book.refresh()
      return book.threads()
    },
    ended: (key) => ended.has(key),
    async flush(withinMs) {
      const until = ambient.clock.now() + withinMs
      const wait = async (busy: () => boolean, before: number): Promise<void> => {
        while (busy() && ambient.clock.now() < before) await ambient.clock.sleep(Math.min(LOOK_EVERY_MS, withinMs))
      }
      await wait(() => !idle(desk) && !over.signal.aborted, until - Math.min(LAST_RECORD_MS, withinMs / 4))
      if (idle(desk) || over.signal.aborted) return
      giveUp(desk)
      over.abort()
      await wait(() => !book.idle(), until)
    },
    untold: () => [...desk.missing.values()],
  }
  ambient.atEnd?.(() => telling.flush(LAST_WORDS_MS))
  return telling
}

function idle({ turn, book, lanes }: Desk): boolean {
  return turn.idle() && book.idle() && [...lanes.values()].every(({ lane }) => lane.idle())
}

function giveUp(desk: Desk): void {
  for (const { thread, channel, lane } of desk.lanes.values()) {
    const notice = lane.waiting()
    if (notice === undefined) continue
    desk.missed(thread, channel, notice, 'it had not answered when the run ended')
    desk.book.keep(thread, true)
  }
  if (!desk.turn.idle()) desk.ambient.log.warn('Not all was told when the run ended; the next run goes on with it.')
}
