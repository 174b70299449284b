import type { DeliveryRecord } from '../../domain/history.js'
import type { Acknowledged } from '../../domain/notice.js'
import { untoldEnds, overdue } from '../../domain/telling/deliveries.js'
import { due, escalatedNotice, unseen, untoldFailures } from '../../domain/telling/escalation.js'
import { shown } from '../../domain/telling/incidents.js'
import { owing, payable } from '../../domain/telling/owed.js'
import type { Told } from '../../domain/telling/told.js'
import { messageOf } from '../../errors/families.js'
import { dispatch, handle, say, type Desk } from './desk.js'
import { endsWithin } from './patience.js'

/** So many failures are asked after at a time, the newest. */
const MOST_ASKED = 5
/** Deliveries that a dead run may have left untold. */
const LOOKED_AT = 5
const READ_WITHIN_MS = 3000

/** What other runs have left: untold ends, failures that somebody has seen, and those that nobody has. */
export async function follow(desk: Desk, thorough: boolean): Promise<void> {
  const { book, ambient: { clock } } = desk
  await book.refresh()
  const looks = thorough || book.threads().some(({ notice }) => notice.state === 'running')
  const deliveries = looks ? await recent(desk) : []
  for (const news of [...untoldEnds(book.threads(), deliveries, clock.now()), ...overdue(book.threads(), clock.now())]) await handle(news, desk)
  for (const thread of untoldFailures(book.threads(), clock.now())) dispatch(thread, desk)
  makeUp(desk)
  for (const thread of unseen(book.threads()).slice(-MOST_ASKED)) {
    // Channels are asked beside the work: one that does not answer holds nobody up.
    desk.turn.later(async () => {
      const by = await seenBy(thread, desk)
      desk.turn.later(async () => settle(thread.id, by, desk))
    }, true)
  }
}

/** Tells channels what they could not be told when it was news. The try is written down first: of two runs that look at the same time one does it. */
function makeUp(desk: Desk): void {
  const { book, lanes, claimed, parts: { policy }, ambient: { clock } } = desk
  for (const { thread: { id }, channel } of payable(book.threads(), policy, clock.now())) {
    const name = `${channel} ${id}`
    const thread = book.thread(id)
    // It is just being told.
    if (thread === undefined || lanes.get(name)?.lane.idle() === false) continue
    const tried = owing(thread, channel, clock.now())
    book.set(tried)
    book.keep(id, true)
    claimed.add(name)
    say(tried, channel, shown(tried), desk)
  }
}

/** The newest deliveries; none when they can't be read now: whoever has to be told of the rest is told all the same. */
async function recent({ ambient, parts: { environment, ledger } }: Desk): Promise<readonly DeliveryRecord[]> {
  let found: readonly DeliveryRecord[] | undefined
  const reading = (async () => {
    found = (await (await ledger()).history(environment, { deliveries: LOOKED_AT })).deliveries
  })()
  try {
    await endsWithin(reading, READ_WITHIN_MS, ambient)
  } catch (fault) {
    ambient.log.warn(`Whether dead runs have left something untold could not be read: ${messageOf(fault)}`)
  }
  return found ?? []
}

async function seenBy({ messages }: Told, desk: Desk): Promise<Acknowledged | undefined> {
  const asked = await Promise.all(messages.map(async ({ channel, place }) => {
    try {
      const notifier = await desk.notifier(channel)
      return notifier.powers.acknowledges ? await notifier.acknowledged(place) : undefined
    } catch (fault) {
      desk.ambient.log.debug(`\`${channel}\` could not be asked who has seen a message: ${messageOf(fault)}`)
      return undefined
    }
  }))
  return asked.find((one) => one !== undefined)
}

/** It may be over by now, or have been seen. */
function settle(id: string, by: Acknowledged | undefined, desk: Desk): void {
  const { book, ambient: { clock }, parts: { policy } } = desk
  const thread = unseen(book.threads()).find((one) => one.id === id)
  if (thread === undefined) return
  if (by !== undefined) {
    const seen = { ...thread, acknowledged: by }
    book.set(seen)
    dispatch(seen, desk)
    return
  }
  for (const channel of due(thread, policy, clock.now())) say(thread, channel.id, escalatedNotice(thread, clock.now()), desk)
}
