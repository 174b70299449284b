import type { Finding, Suspect, TriggerName } from '../domain/trigger.js'
import type { Ambient } from '../ports/ambient.js'
import type { Trigger } from '../ports/trigger.js'
import { alarmsOf, type Alarm } from './alarms.js'

/** Triggers that are looked at beside other work: one that is slow keeps neither that nor the others waiting. */
export interface Lookout {
  /** Rejects with the `InputError` of the first that can't be asked. */
  preflight(): Promise<void>
  /** Begins to ask those that are due, and waits for nothing: what has fired by now, the first in the given order. */
  glance(suspect: Suspect): Alarm | undefined
  /** What each found last, in the given order. */
  findings(): readonly (readonly [TriggerName, Finding])[]
}

export function lookoutOf(triggers: readonly Trigger[], ambient: Ambient): Lookout {
  const posts = triggers.map((trigger) => ({ name: trigger.name, alarms: alarmsOf([trigger], ambient), asking: false, fired: undefined as Alarm | undefined }))
  const ask = async (post: (typeof posts)[number], suspect: Suspect): Promise<void> => {
    post.asking = true
    try {
      post.fired ??= await post.alarms.look(suspect)
    } catch {
      // The run is cancelled, which whoever glances learns by itself.
    } finally {
      post.asking = false
    }
  }
  return {
    preflight: async () => {
      for (const { alarms } of posts) await alarms.preflight()
    },
    glance: (suspect) => {
      for (const post of posts) if (!post.asking && post.fired === undefined) void ask(post, suspect)
      return posts.find(({ fired }) => fired !== undefined)?.fired
    },
    findings: () => posts.flatMap(({ name, alarms }) => {
      const found = alarms.last.get(name)
      return found === undefined ? [] : [[name, found] as const]
    }),
  }
}
