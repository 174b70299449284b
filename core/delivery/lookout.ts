import { readableDuration } from '../domain/duration.js'
import type { Finding, Suspect, TriggerName } from '../domain/trigger.js'
import type { Ambient } from '../ports/ambient.js'
import type { Trigger } from '../ports/trigger.js'
import { alarmsOf, type Alarm, type Alarms } from './alarms.js'

/** Triggers are looked at so often between polls, each by its own pace. */
const GLANCE_MS = 1000
/** Whoever waits for an answer looks so often whether it has come. */
const LISTEN_MS = 100
/** Where a trigger does not say how long it may take. */
const ANSWER_MS = 30_000
/** A trigger that told nothing for so many of its own looks says nothing of now. */
const STALE_LOOKS = 3

/** Triggers that are looked at beside other work: one that is slow keeps neither that nor the others waiting. */
export interface Lookout {
  /** Rejects with the fault of the first that can't be asked as it is written, else of the first that does not answer now. */
  preflight(): Promise<void>
  /** Begins to ask those that are due, and waits for nothing: what has fired by now, the first in the given order. */
  glance(suspect: Suspect): Alarm | undefined
  /** Some are being asked, and have taken no longer than they may. */
  readonly waiting: boolean
  /** What each found last, in the given order. */
  findings(): readonly (readonly [TriggerName, Finding])[]
  /** Those that have told nothing for longer than this, or than three of their own looks, and why. */
  silent(leastMs: number): readonly Alarm[]
}

interface Post {
  readonly trigger: Trigger
  readonly alarms: Alarms
  dueAt: number
  /** Since when it is being asked (epoch ms). */
  askedAt?: number
  /** It takes longer than it may. */
  late?: Finding
  fired?: Alarm
}

export function lookoutOf(triggers: readonly Trigger[], ambient: Ambient): Lookout {
  const posts = triggers.map((trigger): Post => ({ trigger, alarms: alarmsOf([trigger], ambient), dueAt: -Infinity }))
  const found = ({ trigger: { name }, alarms, late }: Post): Finding | undefined => late ?? alarms.last.get(name)
  return {
    preflight: () => alarmsOf(triggers, ambient).preflight(),
    glance: (suspect) => {
      for (const post of posts) {
        if (post.askedAt !== undefined) markLate(post, ambient)
        else if (post.fired === undefined && ambient.clock.now() >= post.dueAt) void ask(post, suspect, ambient)
      }
      return posts.find(({ fired }) => fired !== undefined)?.fired
    },
    get waiting() {
      return posts.some(({ askedAt, late }) => askedAt !== undefined && late === undefined)
    },
    findings: () => posts.flatMap((post) => {
      const finding = found(post)
      return finding === undefined ? [] : [[post.trigger.name, finding] as const]
    }),
    silent: (leastMs) => posts.flatMap((post) => {
      const { trigger: { name, everyMs }, alarms } = post
      const silentMs = ambient.clock.now() - (alarms.heardAt.get(name) ?? -Infinity)
      const finding = found(post)
      return silentMs <= Math.max(leastMs, STALE_LOOKS * everyMs) ? [] : [{ name, detail: finding?.kind === 'no-data' ? finding.detail : 'it has not answered' }]
    }),
  }
}

async function ask(post: Post, suspect: Suspect, ambient: Ambient): Promise<void> {
  post.askedAt = ambient.clock.now()
  post.dueAt = post.askedAt + post.trigger.everyMs
  try {
    const alarm = await post.alarms.look(suspect)
    if (alarm !== undefined) post.fired = alarm
  } catch {
    // The run is cancelled, which whoever glances learns by itself.
  } finally {
    delete post.askedAt
    delete post.late
  }
}

/** The question stays open: an answer that comes late still counts. */
function markLate(post: Post, { clock, log }: Ambient): void {
  const { trigger: { name, withinMs = ANSWER_MS }, askedAt } = post
  const openMs = askedAt === undefined ? 0 : clock.now() - askedAt
  if (openMs < withinMs) return
  const detail = `it has not answered for ${readableDuration(openMs)}`
  if (post.late === undefined) log.warn(`Nothing is known of \`${name}\`: ${detail}`)
  post.late = { kind: 'no-data', detail }
}

/** Sleeps until then (epoch ms), or until something has fired, whichever is sooner: some sources have something new once a minute. */
export async function sleepOrFire(due: number, fired: () => boolean, { clock, signal }: Pick<Ambient, 'clock' | 'signal'>): Promise<void> {
  for (;;) {
    const left = due - clock.now()
    await clock.sleep(Math.min(left, GLANCE_MS), signal)
    signal.throwIfAborted()
    if (left <= GLANCE_MS || fired()) return
  }
}

/** Waits for those that are being asked, at most so long. */
export async function answered(lookout: Lookout, suspect: Suspect, mostMs: number, { clock, signal }: Pick<Ambient, 'clock' | 'signal'>): Promise<Alarm | undefined> {
  const until = clock.now() + mostMs
  for (;;) {
    const alarm = lookout.glance(suspect)
    if (alarm !== undefined || !lookout.waiting || clock.now() >= until) return alarm
    await clock.sleep(LISTEN_MS, signal)
    signal.throwIfAborted()
  }
}
