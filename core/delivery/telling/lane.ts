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

interface State {
  readonly thread: string
  readonly channel: string
  readonly office: Office
  place: ThreadRef | undefined
  next: Notice | undefined
  saying: Notice | undefined
  details: Notice[]
  busy: boolean
  sparedUntil: number
  /** It did what it was asked last. */
  trusted: boolean
}

export function lane(thread: string, channel: string, place: ThreadRef | undefined, office: Office): Lane {
  const state: State = { thread, channel, office, place, next: undefined, saying: undefined, details: [], busy: false, sparedUntil: 0, trusted: true }
  return {
    idle: () => !state.busy,
    waiting: () => state.next ?? state.saying,
    say(notice, below) {
      if (notice.state === 'running' && office.ambient.clock.now() < state.sparedUntil) return
      state.next = notice
      if (below) state.details = [...state.details, notice].slice(-MOST_DETAILS)
      if (!state.busy && !office.over.aborted) void start(state)
    },
  }
}

async function start(state: State): Promise<void> {
  const { office, thread, channel } = state
  state.busy = true
  const opened = await exchange(() => sayAll(state), office.ambient, office.over)
  if (!opened.ok) {
    // The channel could not even be opened.
    const notice = state.next ?? state.saying
    office.fellThrough(thread, channel, notice?.severity ?? 'info')
    if (notice === undefined) office.untold(channel, thread, opened.why)
    else office.missed(thread, channel, notice, opened.why)
    state.next = undefined
    state.details = []
  }
  state.saying = undefined
  state.busy = false
  // Said while the last one was on its way out.
  if (state.next !== undefined && !office.over.aborted) void start(state)
  else office.settled(thread)
}

async function sayAll(state: State): Promise<void> {
  const notifier = await state.office.notifier(state.channel)
  while ((state.next !== undefined || state.details.length > 0) && !state.office.over.aborted) {
    const { next, details } = state
    state.next = undefined
    state.details = []
    state.saying = next ?? details.at(-1)
    if (next !== undefined && !(await show(next, notifier, state))) continue
    for (const one of details) await detail(one, notifier, state)
  }
}

async function show(notice: Notice, notifier: Notifier, state: State): Promise<boolean> {
  const { office, thread, channel, place: there } = state
  const done = await exchange(async () => {
    if (there === undefined) return notifier.post(notice)
    if (notice.state !== 'succeeded') return notifier.update(there, notice)
    await notifier.close(there, notice)
    return there
  }, office.ambient, office.over, state.trusted)
  state.trusted = done.ok
  if (done.ok) {
    state.place = done.value
    if (there === undefined || !samePlace(there, done.value)) office.placed(thread, channel, done.value)
    if (notice.state !== 'running') office.reached(thread, channel)
    return true
  }
  state.sparedUntil = office.ambient.clock.now() + SPARED_MS
  if (state.next?.state === 'running') state.next = undefined
  // Somebody has deleted it, perhaps: what ends must be read all the same.
  if (done.refused && there !== undefined && notice.state !== 'running') {
    state.place = undefined
    return show(notice, notifier, state)
  }
  office.fellThrough(thread, channel, notice.severity)
  office.missed(thread, channel, notice, done.why)
  return false
}

async function detail(notice: Notice, notifier: Notifier, { office, channel, place, trusted }: State): Promise<void> {
  if (place === undefined || !notifier.powers.threads) return
  const done = await exchange(() => notifier.reply(place, notice), office.ambient, office.over, trusted)
  if (!done.ok) office.untold(channel, notice.text, done.why)
}

function samePlace(one: ThreadRef, other: ThreadRef): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
