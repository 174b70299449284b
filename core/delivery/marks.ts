import type { DeliveryRecord, DeliveryResult, Verb } from '../domain/history.js'
import { toldOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Annotations } from '../ports/annotations.js'

/** Marks a delivery where people look at charts. Nothing waits for it and nothing fails with it: the first fault is told, and ends it. */
export interface DeliveryMarks {
  begun(record: DeliveryRecord): void
  doing(record: DeliveryRecord, verb: Verb): void
  ended(record: DeliveryRecord, result: DeliveryResult): void
}

const TURNS: Partial<Readonly<Record<Verb, string>>> = { promote: 'gets all traffic', abandon: 'is taken back', restore: 'is replaced by what served before' }

export function deliveryMarks(annotations: Annotations, ambient: Ambient): DeliveryMarks {
  let line: Promise<void> = Promise.resolve()
  let broken = false
  let region: { readonly delivery: string; readonly id: string } | undefined
  const after = async (before: Promise<void>, work: () => Promise<void>): Promise<void> => {
    await before
    if (broken) return
    try {
      await work()
    } catch (fault) {
      broken = true
      ambient.log.warn(`The delivery is not marked in ${annotations.name}: ${toldOf(fault)} The delivery is not touched by that.`)
    }
  }
  /** One after the other, in the order of what happened. */
  const soon = (work: () => Promise<void>): void => {
    line = after(line, work)
  }
  // The last mark is made while the run ends.
  ambient.atEnd?.(() => line)
  return {
    begun(record) {
      soon(async () => {
        region = { delivery: record.id, id: await annotations.put({ at: record.begunAt, text: titleOf(record), tags: tagsOf(record) }) }
      })
    },
    doing(record, verb) {
      const said = record.intent.kind === 'rollback' ? undefined : TURNS[verb]
      const at = ambient.clock.now()
      if (said !== undefined) soon(async () => void (await annotations.put({ at, text: `${record.intent.release.version} ${said}`, tags: [...tagsOf(record), verb] })))
    },
    ended(record, { at, ok, reason, message }) {
      const text = `${titleOf(record)}: ${reason}. ${message}`
      const tags = [...tagsOf(record), ok ? 'succeeded' : 'failed']
      soon(async () => {
        if (region?.delivery === record.id) await annotations.extend(region.id, { until: at, text, tags })
        // Begun by a run that is dead: nobody knows its mark.
        else await annotations.put({ at: record.begunAt, until: at, text, tags })
      })
    },
  }
}

function titleOf({ intent, environment }: DeliveryRecord): string {
  return `${intent.kind} ${intent.release.version} to ${environment}`
}

function tagsOf({ intent, environment }: DeliveryRecord): readonly string[] {
  return [intent.release.app, environment, intent.kind]
}
