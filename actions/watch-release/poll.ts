import { answered } from '../../core/delivery/lookout.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { NoData, Sample } from '../../core/domain/sample.js'
import { vigilMove, type Cause } from '../../core/domain/vigil.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { share } from './report.js'
import { suspectOf, type Session } from './session.js'

/** What one look found. */
export type Seen =
  | { readonly kind: 'calm'; readonly sample: Sample | NoData | undefined }
  | { readonly kind: 'against'; readonly cause: Cause; readonly detail: string }

/**
 * Reads the counters, judges, and begins to ask the triggers that are due. No judging waits for a trigger: what one that is slow has found is
 * heard at a later poll, unless there is to be none for so long as `patienceMs`. A source that fails is silence, never a fault of the watch.
 */
export async function poll(session: Session, patienceMs: number, ambient: Ambient): Promise<Seen> {
  const { watch, against, lookout, silence, notes } = session
  const sample = await read(session, ambient)
  if (sample?.everyMs !== undefined) session.sourceEveryMs = sample.everyMs
  if (sample?.kind === 'sample') {
    session.samples += 1
    session.sampledAt = ambient.clock.now()
    delete session.silence
  } else if (sample !== undefined) {
    if (silence?.cause !== sample.cause) ambient.log.warn(`Nothing is known of ${watch.release.version} now: ${sample.cause}, ${sample.detail}.`)
    session.silence = sample
  }
  const { verdict } = session
  ambient.log.progress(described(session, ambient.clock.now()))
  const alarm = verdict?.decision === 'FAIL' ? undefined : await answered(lookout, suspectOf(session), patienceMs, ambient)
  const move = vigilMove(verdict, against.checks, alarm?.name)
  await notes.move(move, alarm)
  return move.kind === 'stay' ? { kind: 'calm', sample } : { kind: 'against', cause: move.reason, detail: alarm?.detail ?? spoken(session) }
}

async function read(session: Session, ambient: Ambient): Promise<Sample | NoData | undefined> {
  const { vigil, arm, ports: { metrics }, notes } = session
  if (vigil === undefined || metrics === undefined) return undefined
  let sample: Sample | NoData
  try {
    sample = await metrics.read({ candidate: arm })
  } catch (fault) {
    ambient.signal.throwIfAborted()
    sample = { kind: 'no-data', at: ambient.clock.now(), cause: 'unreachable', detail: messageOf(fault) }
  }
  if (sample.kind === 'sample') session.verdict = vigil.observe(sample)
  await notes.poll(sample, session.verdict)
  return sample
}

/** What the verdict rests on, in numbers. */
export function spoken({ verdict, against }: Session): string {
  return (verdict?.checks ?? []).map(({ name, totals }) => {
    if (totals.candidate.requests === 0) return `${name}: no request was measured`
    const ceiling = against.checks.find((check) => check.name === name)?.fail.absolute ?? 0
    return `${name}: ${share(totals.candidate.bad, totals.candidate.requests)} bad, at most ${(100 * ceiling).toFixed(2)} % allowed`
  }).join('; ')
}

function described(session: Session, now: number): string {
  const { watch, until, verdict, silence } = session
  const time = `${readableDuration(Math.max(0, now - watch.startedAt))} of ${readableDuration(until - watch.startedAt)}`
  if (silence !== undefined) return `${watch.release.version}, ${time}: no data, ${silence.cause}: ${silence.detail}`
  const evidence = verdict === undefined ? '' : `; against ${verdict.logEFail.toFixed(1)} of ${verdict.thresholds.fail.toFixed(1)}, for ${verdict.logEPassMin.toFixed(1)} of ${verdict.thresholds.pass.toFixed(1)}`
  return `${watch.release.version}, ${time}: ${spoken(session) || 'nothing counted yet'}${evidence}`
}
