import { isFailure } from '../../domain/telling/incidents.js'
import { owesAnybody } from '../../domain/telling/owed.js'
import { threadsOf, together, type Told } from '../../domain/telling/told.js'
import { messageOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import { endsWithin } from './patience.js'
import type { TellingParts } from './telling.js'

/** What this run knows of the threads, and what of it is in the ledger. */
export interface Book {
  threads(): readonly Told[]
  thread(id: string): Told | undefined
  set(thread: Told): void
  /** Reads again what others have told meanwhile, unless that was read a moment ago (`olderThanMs`). A ledger that can't be read is told once: then this run goes by what it knows itself. */
  refresh(olderThanMs?: number): Promise<void>
  /** Writes a thread down. `said`: every channel has been told, or given up. Otherwise what is kept tells a later run that it has to be told once more. */
  keep(id: string, said: boolean): void
  idle(): boolean
}

/** What was being said when its run died is told by the next one that comes after this. */
const UNSAID_MS = 5 * 60_000
const AGAIN_AFTER_MS = 1000
/** A ledger that has not answered by then keeps nobody from being told: what it says later is taken in then. */
const READ_WITHIN_MS = 2000
/** Most often a message and its end, or several channels, come within a moment: then one word tells of all. */
const MOMENT_MS = 50

interface Pages {
  readonly about: Pick<TellingParts, 'environment' | 'ledger'>
  readonly ambient: Pick<Ambient, 'clock' | 'log'>
  readonly over: AbortSignal
  readonly threads: Map<string, Told>
  /** As the ledger has them. */
  readonly kept: Map<string, Told>
  readonly waiting: Map<string, Told>
  writing: boolean
  /** A look at the ledger that has not ended. */
  reading: Promise<void> | undefined
  slow: boolean
  unread: boolean
  /** When it was last read whole (epoch ms). */
  readAt: number
}

export function bookOf(about: Pages['about'], ambient: Pages['ambient'], over: AbortSignal): Book {
  const pages: Pages = { about, ambient, over, threads: new Map(), kept: new Map(), waiting: new Map(), writing: false, reading: undefined, slow: false, unread: false, readAt: -Infinity }
  const { threads, waiting } = pages
  return {
    threads: () => [...threads.values()],
    thread: (id) => threads.get(id),
    set: (thread) => void threads.set(thread.id, thread),
    idle: () => !pages.writing && waiting.size === 0,
    refresh: async (olderThanMs = 0) => {
      if (olderThanMs === 0 || ambient.clock.now() - pages.readAt > olderThanMs) await refresh(pages)
    },
    keep: (id, said) => keep(id, said, pages),
  }
}

async function refresh(pages: Pages): Promise<void> {
  // A look that was waited for once in vain is not waited for again.
  if (pages.slow) return
  pages.reading ??= read(pages)
  if (await endsWithin(pages.reading, READ_WITHIN_MS, pages.ambient)) return
  pages.slow = true
  unread('the ledger has not answered so far', pages)
}

async function read(pages: Pages): Promise<void> {
  const { about: { environment, ledger }, threads, kept } = pages
  try {
    for (const found of threadsOf(await (await ledger()).told(environment))) {
      const own = threads.get(found.id)
      threads.set(found.id, own === undefined ? found : together(found, own))
      if (own === undefined) kept.set(found.id, found)
    }
    pages.readAt = pages.ambient.clock.now()
  } catch (fault) {
    unread(messageOf(fault), pages)
  } finally {
    pages.reading = undefined
    pages.slow = false
  }
}

function unread(why: string, pages: Pages): void {
  if (!pages.unread) pages.ambient.log.warn(`What people were told before could not be read, so it may be told again: ${why}`)
  pages.unread = true
}

function keep(id: string, said: boolean, pages: Pages): void {
  const wanted = pages.threads.get(id)
  if (wanted === undefined) return
  const before = pages.kept.get(id)
  // Where nobody has been told anything, there is nothing to find again but what somebody must hear of later.
  if (wanted.messages.length === 0 && before === undefined && !(said && (isFailure(wanted.notice) || owesAnybody(wanted)))) return
  const told = said ? wanted : unsaid(wanted, before)
  if (before !== undefined && sameFor(before, told)) return
  pages.kept.set(id, told)
  pages.waiting.set(id, told)
  if (!pages.writing) void drain(pages)
}

async function drain(pages: Pages): Promise<void> {
  pages.writing = true
  await pages.ambient.clock.sleep(MOMENT_MS, pages.over)
  for (let first = pages.waiting.entries().next(); first.done !== true; first = pages.waiting.entries().next()) {
    const [id, told] = first.value
    pages.waiting.delete(id)
    await write(told, pages)
  }
  pages.writing = false
}

async function write(told: Told, { about: { environment, ledger }, ambient: { clock, log }, over }: Pages): Promise<void> {
  const put = async (): Promise<void> => (await ledger()).record(environment, { type: 'told', at: clock.now(), told })
  try {
    await put().catch(async () => {
      await clock.sleep(AGAIN_AFTER_MS, over)
      return put()
    })
  } catch (fault) {
    log.warn(`What people were told of "${told.notice.title}" is not in the ledger, and a later run may tell it again: ${messageOf(fault)}`)
  }
}

/** The messages as they are, and the news as it was when all of them had it. */
function unsaid(wanted: Told, before: Told | undefined): Told {
  const { failedAt: _, until, ...rest } = wanted
  const since = before?.failedAt
  return {
    ...rest, count: before?.count ?? 0, until: until ?? wanted.notice.at + UNSAID_MS,
    notice: before?.notice ?? { ...wanted.notice, state: 'running', severity: 'info' }, ...(since === undefined ? {} : { failedAt: since }),
  }
}

/** A stage on the way is in the channels, and worth no record. */
function sameFor(one: Told, other: Told): boolean {
  const matter = ({ keys, count, failedAt, acknowledged, messages, until, owed = [], notice: { state, severity } }: Told): string =>
    JSON.stringify([keys, count, failedAt, acknowledged, messages, until, owed, state, severity])
  return matter(one) === matter(other)
}
