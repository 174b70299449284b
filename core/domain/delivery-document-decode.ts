import type { ApprovalRecord, DeliveryDocument, Poll, StepTime } from './delivery-document.js'
import { deliveryEvent, deliveryResult, intent } from './history-decode.js'
import type { DeliveryRecord } from './history.js'
import { decodeText, list, number, object, oneOf, optional, text, type Decoder } from './local-control/decode.js'
import { sample } from './sample-decode.js'
import { budgets } from './watch-decode.js'

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
  budgets: optional(budgets),
})

/** The text of a full record. Throws a `TypeError` that names what does not fit. */
export function decodeDocument(source: string, name: string): DeliveryDocument {
  return decodeText(document, source, name)
}

/** One text per document: its SHA-256 is what the ledger has. */
export function documentText(given: DeliveryDocument): string {
  return `${JSON.stringify(given)}\n`
}
