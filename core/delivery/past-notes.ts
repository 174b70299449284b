import { pastFrom, readingOf } from '../domain/past.js'
import type { Arm, Launched } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import type { NoData, Sample } from '../domain/sample.js'
import type { PastFact, Reading } from '../domain/watch-facts.js'
import { messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import { awaited } from './patience.js'
import type { DeliveryPorts, DeliveryRequest } from './request.js'
import { WORD_MS } from './turn.js'
import type { Delivery } from './work.js'

/**
 * Notes for the watch that follows what the release before has: once it shares no traffic any more, nobody can measure that again. None of it
 * keeps a delivery from going on, and where the environment is not watched nothing is done.
 */
export interface PastNotes {
  /** A look at the release that serves, while it serves all. */
  look(launched?: Launched): Promise<void>
  /** What a climb has seen of both. */
  take(samples: readonly (Sample | NoData)[]): void
  /** Writes it down, before the new release gets everything. */
  record(launched: Launched): Promise<void>
}

export function pastNotes({ environment }: DeliveryRequest, { metrics, ledger }: Pick<DeliveryPorts, 'metrics' | 'ledger'>, delivery: Delivery, ambient: Ambient): PastNotes {
  const { watch, judge: { checks } } = environment
  const { previous } = delivery.intent
  const readings: Reading[] = []
  let reading: Reading | undefined
  return {
    async look(launched) {
      if (watch === undefined || metrics === undefined || previous === undefined) return
      try {
        const sample = await metrics.read({ candidate: stableArm(previous, launched) })
        if (sample.kind === 'sample') readings.push(readingOf(checks, sample.candidate))
        else ambient.log.debug(`What ${previous.version} has was not read: ${sample.detail}`)
      } catch (fault) {
        ambient.signal.throwIfAborted()
        ambient.log.warn(`What ${previous.version} has was not read: ${messageOf(fault)}`)
      }
    },
    take(samples) {
      for (const sample of samples) {
        if (sample.kind === 'no-data') continue
        if (sample.stable !== undefined) readings.push(readingOf(checks, sample.stable))
        reading = readingOf(checks, sample.candidate)
      }
    },
    async record(launched) {
      if (watch === undefined) return
      const fact: PastFact = {
        type: 'past', at: ambient.clock.now(), delivery: delivery.id, version: previous?.version ?? '', counted: pastFrom(readings, checks), labels: labelsAlone(launched.arms.candidate), ...(reading === undefined ? {} : { reading }),
      }
      await awaited(ledger.record(environment.name, fact), WORD_MS, 'What the release before had was not recorded, so the watch may have nothing to hold the new one against', ambient)
    },
  }
}

function stableArm(previous: Release, launched: Launched | undefined): Arm {
  return launched?.arms.stable ?? { name: 'stable', identity: previous.version, labels: {} }
}

/** As the platform labels it when it serves all. */
function labelsAlone({ labels }: Arm): Readonly<Record<string, string>> {
  return labels['arm'] === undefined ? labels : { ...labels, arm: 'stable' }
}
