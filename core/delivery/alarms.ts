import type { Finding, Suspect, TriggerName } from '../domain/trigger.js'
import { mayPass, messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Trigger } from '../ports/trigger.js'

export interface Alarm {
  readonly name: TriggerName
  readonly detail: string
}

/** Several triggers, each asked by its own pace. */
export interface Alarms {
  /** Asks all; rejects with the fault of the first that can't be asked as it is written, else of the first that does not answer now. */
  preflight(): Promise<void>
  /** Asks those that are due; the first in the given order that fired. Never rejects for a source that fails: that is `no-data` of it. */
  look(suspect: Suspect): Promise<Alarm | undefined>
  /** What each found last. */
  readonly last: ReadonlyMap<TriggerName, Finding>
  /** When each last told anything (epoch ms); not there: it never did. */
  readonly heardAt: ReadonlyMap<TriggerName, number>
}

export function alarmsOf(triggers: readonly Trigger[], ambient: Ambient): Alarms {
  const last = new Map<TriggerName, Finding>()
  const heardAt = new Map<TriggerName, number>()
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
    if (finding.kind !== 'no-data') heardAt.set(trigger.name, ambient.clock.now())
  }
  return {
    last, heardAt,
    preflight: async () => {
      // Beside each other: one that is slow to answer need not make the watch late by the sum of all.
      const found = await Promise.allSettled(triggers.map((trigger) => trigger.preflight()))
      ambient.signal.throwIfAborted()
      const faults = found.flatMap((one): readonly unknown[] => (one.status === 'rejected' ? [one.reason] : []))
      if (faults.length > 0) throw faults.find((fault) => !mayPass(fault)) ?? faults[0]
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
