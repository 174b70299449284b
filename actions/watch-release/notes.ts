import type { Alarm } from '../../core/delivery/alarms.js'
import type { Evidence } from '../../core/delivery/evidence.js'
import { awaited } from '../../core/delivery/patience.js'
import { WORD_MS } from '../../core/delivery/turn.js'
import type { vigilMove } from '../../core/domain/vigil.js'
import type { JudgeVerdict } from '../../core/domain/judge/index.js'
import type { NoData, Sample } from '../../core/domain/sample.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { WatchOutcome } from './outcome.js'
import type { Session } from './session.js'

/** What this process writes down of a watch. A disk that takes no more ends the evidence, and never the watch. */
export interface Notes {
  /** Of the file; empty where nothing was written. */
  path(): string
  poll(sample: Sample | NoData, verdict: JudgeVerdict | undefined): Promise<void>
  /** Users do not wait for what is written when a release goes back. */
  move(move: ReturnType<typeof vigilMove>, alarm: Alarm | undefined): Promise<void>
  end(outcome: WatchOutcome): Promise<void>
}

/** All of it is of one weight. */
const ALL = 100

/** The header is written with the first look: who finds somebody else watching has nothing to say. */
export function notesOf(evidence: Evidence, header: Parameters<Evidence['begin']>[0], ambient: Ambient): Notes {
  let over = false
  const note = async (write: () => Promise<void>): Promise<void> => {
    if (over) return
    try {
      if (!evidence.begun) await evidence.begin(header)
      await write()
    } catch (fault) {
      // What comes after a gap could not be replayed.
      over = true
      ambient.log.warn(`What the watch sees is written down no more: ${messageOf(fault)}`)
    }
  }
  return {
    path: () => (evidence.begun ? evidence.path : ''),
    poll: (sample, verdict) => note(() => evidence.poll(ALL, sample, verdict)),
    move: (move, alarm) => {
      const written = note(() => evidence.move(ALL, undefined, move, alarm))
      return move.kind === 'back' ? awaited(written, WORD_MS, 'What spoke against the release is not in the evidence', ambient) : written
    },
    end: async (outcome) => {
      if (!over) await evidence.end(outcome)
    },
  }
}

type Begun = Pick<Session, 'request' | 'ports' | 'watch' | 'arm' | 'before' | 'against' | 'vigil'> & { readonly from: Extract<Parameters<Evidence['begin']>[0], { kind: 'watch' }>['from'] }

export function headerOf({ request: { environment, policy: watching }, ports, watch, arm: { name, identity, labels }, before, against, vigil, from }: Begun): Parameters<Evidence['begin']>[0] {
  const { release, previous } = watch
  return {
    kind: 'watch', delivery: watch.delivery, app: environment.app, environment: environment.name, release: { version: release.version, commit: release.commit },
    ...(previous === undefined ? {} : { previous: previous.version }), source: vigil === undefined ? '' : (ports.metrics?.name ?? ''),
    policy: against, watch: watching, since: watch.startedAt, arm: { name, identity, labels }, before, ...(vigil === undefined ? {} : { judge: vigil.settings }), from,
  }
}
