import type { Overruled } from '../domain/history.js'
import type { SummaryPart } from '../domain/outcome.js'
import type { Diagnosis, Observed } from '../domain/platform.js'
import type { SignatureCheck } from './verify-image.js'

/** A two-column table of what was observed. */
export function factsTable(rows: readonly (readonly [string, string])[]): SummaryPart {
  return { kind: 'table', columns: ['What', 'Observed'], rows }
}

/** For the plan. */
export function overruledLines(overruled: Overruled | undefined): readonly string[] {
  return overruled === undefined ? [] : [`It would be refused as ${overruled.what.join(', ')}, and is overruled: "${overruled.reason}".`]
}

/** For the plan: what the launch would find in its way. */
export function unmanagedLines({ unmanaged }: Observed, environment: string): readonly string[] {
  return unmanaged === undefined ? [] : [`\`${environment}\` is served by ${unmanaged.join(', ')}, which Ecluse did not start and may not take over: the launch will refuse, and say how it may.`]
}

/** What was passed by saying why; nothing when nothing was. */
export function overruledRows(overruled: Overruled | undefined): readonly (readonly [string, string])[] {
  return overruled === undefined ? [] : [['Overruled', `${overruled.what.join(', ')}: "${overruled.reason}"`]]
}

/** Who signed what is to run; nothing where nobody asked. */
export function signedRows(signed: SignatureCheck | undefined): readonly (readonly [string, string])[] {
  return (signed?.lines ?? []).map((line) => ['Signature', line])
}

/** Why instances stopped, events and last log lines; nothing when there is nothing to tell. */
export function diagnosisParts(diagnosis: Diagnosis | undefined): readonly SummaryPart[] {
  if (diagnosis === undefined) return []
  const { stopReasons, events, lastLines } = diagnosis
  return [
    ...(stopReasons.length === 0 ? [] : [{ kind: 'table' as const, title: 'Why instances stopped', columns: ['Reason'], rows: stopReasons.map((why) => [why]) }]),
    ...(events.length === 0 ? [] : [{ kind: 'table' as const, title: 'Events', columns: ['At', 'Event'], rows: events.map(({ at, text }) => [new Date(at).toISOString(), text]) }]),
    ...(lastLines.length === 0 ? [] : [{ kind: 'details' as const, title: 'Last log lines', text: lastLines.join('\n') }]),
  ]
}
