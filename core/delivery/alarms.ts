import type { Finding, Suspect, TriggerName } from '../domain/trigger.js'
import { messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Trigger } from '../ports/trigger.js'

export interface Alarm {
  readonly name: TriggerName
  readonly detail: string
}

/** Several triggers, each asked by its own pace. */
export interface Alarms {
  /** Rejects with the `InputError` of the first that can't be asked. */
  preflight(): Promise<void>
  /** Asks those that are due; the first in the given order that fired. Never rejects for a source that fails: that is `no-data` of it. */
  look(suspect: Suspect): Promise<Alarm | undefined>
  /** What each found last. */
  readonly last: ReadonlyMap<TriggerName, Finding>
}

export function alarmsOf(triggers: readonly Trigger[], ambient: Ambient): Alarms {
  const last = new Map<TriggerName, Finding>()
  const askedAt = new Map<Trigger, number>()
  const due = (trigger: Trigger, now: number): boolean => now - (askedAt.get(trigger) ?? -Infinity) >= trigger.everyMs
  const ask = async (trigger: Trigger, suspect: Suspect): Promise<void> => {
    let finding: Finding
    try {
      finding = await trigger.look(suspect)
    } catch (thrown) {
      ambient.signal.throwIfAborted()
      finding = { kind: 'no-data', detail: messageOf(thrown) }
    }
    if (finding.kind === 'no-data' && last.get(trigger.name)?.kind !== 'no-data') ambient.log.warn(`Nothing is known of \`${trigger.name}\`: ${finding.detail}`)
    last.set(trigger.name, finding)
  }
  return {
    last,
    preflight: async () => {
      for (const trigger of triggers) await trigger.preflight()
    },
    look: async (suspect) => {
      const now = ambient.clock.now()
      const asked = triggers.filter((trigger) => due(trigger, now))
      for (const trigger of asked) askedAt.set(trigger, now)
      await Promise.all(asked.map((trigger) => ask(trigger, suspect)))
      for (const { name } of asked) {
        const finding = last.get(name)
        if (finding?.kind === 'fired') return { name, detail: finding.detail }
      }
      return undefined
    },
  }
}
