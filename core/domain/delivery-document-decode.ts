import type { ApprovalRecord, DeliveryDocument, Poll, StepTime } from './delivery-document.js'
import { deliveryEvent, deliveryResult, intent } from './history-decode.js'
import type { DeliveryRecord } from './history.js'
import { decodeText, list, number, object, oneOf, optional, text, type Decoder } from './local-control/decode.js'
import { noDataCauses, type ArmCounters, type NoData, type Sample } from './sample.js'

const yes: Decoder<true> = (value, at) => {
  if (value !== true) throw new TypeError(`\`${at}\` should be true where it is given`)
  return value
}

const arm = object<ArmCounters>({ identity: text, requests: number, errors: number, slow: optional(number) })
const measured = object<Sample>({ kind: oneOf('sample'), at: number, stable: optional(arm), candidate: arm, synthetic: optional(yes), nextAt: optional(number) })
const nothing = object<NoData>({ kind: oneOf('no-data'), at: number, cause: oneOf(...noDataCauses), detail: text, nextAt: optional(number) })
const kind = object<{ kind: 'sample' | 'no-data' }>({ kind: oneOf('sample', 'no-data') })
const sample: Decoder<Sample | NoData> = (value, at) => (kind(value, at).kind === 'sample' ? measured(value, at) : nothing(value, at))

const v: Decoder<1> = (value, at) => {
  if (value !== 1) throw new TypeError(`\`${at}\` should be 1 and is ${JSON.stringify(value) ?? 'not there'}`)
  return value
}

const document = object<DeliveryDocument>({
  v,
  delivery: object<DeliveryRecord>({
    id: text, environment: text, begunAt: number, fence: number, intent, events: list(deliveryEvent), result: deliveryResult,
  }),
  steps: list(object<StepTime>({ name: text, startedAt: number, ms: number })),
  approvals: list(object<ApprovalRecord>({ by: text, state: oneOf('approved', 'rejected'), comment: text, at: number })),
  polls: list(object<Poll>({ weight: number, sample, decision: optional(text), lean: optional(text) })),
})

/** The text of a full record. Throws a `TypeError` that names what does not fit. */
export function decodeDocument(source: string, name: string): DeliveryDocument {
  return decodeText(document, source, name)
}

/** One text per document: its SHA-256 is what the ledger has. */
export function documentText(given: DeliveryDocument): string {
  return `${JSON.stringify(given)}\n`
}
