import type { DeliveryDocument, Poll } from '../delivery-document.js'
import type { DeliveryEvent, DeliveryRecord } from '../history.js'
import type { Receipt } from '../receipt.js'
import type { ArmCounters } from '../sample.js'
import type { DeliveryDetail, ReleaseNotes } from './model.js'
import { webAddress } from './rows.js'

interface Beside {
  readonly document: DeliveryDocument | undefined
  readonly receipt: Receipt | undefined
  readonly notes: ReleaseNotes | undefined
}

/** All that is known of one delivery; without its full record what the ledger tells. */
export function detailOf({ intent, events, result }: DeliveryRecord, { document, receipt, notes }: Beside): DeliveryDetail {
  return {
    message: result?.message ?? '',
    plan: intent.plan,
    events: events.map((event) => ({ at: event.at, text: textOf(event), kind: event.type })),
    weights: weightsOf(events),
    polls: pollsOf(document?.polls ?? []),
    verdicts: events.flatMap((event) => {
      if (event.type !== 'verdict') return []
      const { type: _, ...verdict } = event
      return [verdict]
    }),
    steps: document?.steps ?? [],
    approvals: document?.approvals ?? [],
    ...(receipt === undefined ? {} : { receipt: shownReceipt(receipt) }),
    ...(notes === undefined ? {} : { notes }),
    ...(result?.record === undefined ? {} : { record: { link: shownLink(result.record.link), sha256: result.record.sha256 } }),
  }
}

function textOf(event: DeliveryEvent): string {
  if (event.type === 'observed') return event.detail
  if (event.type === 'verdict') return `${event.decision} at ${event.weight} %, leaning ${event.lean}: ${event.detail}`
  const { verb, weight, detail } = event
  return `${verb}${weight === undefined ? '' : ` ${weight} %`}${detail === undefined || detail === '' ? '' : `: ${detail}`}`
}

/** As it was asked for; whoever leaves, leaves with nothing. */
function weightsOf(events: readonly DeliveryEvent[]): DeliveryDetail['weights'] {
  return events.flatMap((event): DeliveryDetail['weights'] => {
    if (event.type !== 'doing') return []
    const { at, verb, weight } = event
    if (verb === 'shift') return weight === undefined ? [] : [[at, weight]]
    if (verb === 'promote') return [[at, 100]]
    return verb === 'migrate' ? [] : [[at, 0]]
  })
}

type Arm = DeliveryDetail['polls'][number]['stable']

/** Counters only tell by their differences, and only of the same release. */
export function pollsOf(polls: readonly Poll[]): DeliveryDetail['polls'] {
  let before: { readonly stable?: ArmCounters; readonly candidate?: ArmCounters } = {}
  return polls.map(({ weight, sample }) => {
    if (sample.kind === 'no-data') return { at: sample.at, weight, stable: null, candidate: null }
    const point = { at: sample.at, weight, stable: between(before.stable, sample.stable), candidate: between(before.candidate, sample.candidate) }
    before = sample
    return point
  })
}

function between(before: ArmCounters | undefined, now: ArmCounters | undefined): Arm {
  if (before === undefined || now === undefined || before.identity !== now.identity) return null
  const requests = now.requests - before.requests
  const errors = now.errors - before.errors
  const slow = now.slow === undefined || before.slow === undefined ? undefined : now.slow - before.slow
  if (requests <= 0 || errors < 0 || (slow ?? 0) < 0) return null
  return { requests, errors: Math.min(1, errors / requests), slow: slow === undefined ? null : Math.min(1, slow / requests) }
}

function shownReceipt({ id, takenAt, bytes, verified, schemaRevision }: Receipt): NonNullable<DeliveryDetail['receipt']> {
  return { id, takenAt, bytes, schemaRevision, ...(verified === null ? {} : { verifiedAt: verified.at }) }
}

/** An address on the web, or a path; nothing that a click would run. */
function shownLink(link: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(link) ? webAddress(link) : link
}
