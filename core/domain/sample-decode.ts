import { list, number, object, oneOf, optional, record, text, type Decoder } from './local-control/decode.js'
import { noDataCauses, type ArmCounters, type EventCounters, type MissingMetric, type NoData, type Provenance, type Sample } from './sample.js'

const business = record(object<EventCounters>({ of: number, events: number }))
const arm = object<ArmCounters>({ identity: text, requests: number, errors: number, slow: optional(number), business: optional(business) })
const missing = list(object<MissingMetric>({ name: text, cause: oneOf(...noDataCauses), detail: text }))
export const yes: Decoder<true> = (value, at) => {
  if (value !== true) throw new TypeError(`\`${at}\` should be true where it is given`)
  return value
}
const provenance = optional(list(object<Provenance>({ query: text, sha256: optional(text) })))
const measured = object<Sample>({ kind: oneOf('sample'), at: number, stable: optional(arm), candidate: arm, synthetic: optional(yes), missing: optional(missing), nextAt: optional(number), everyMs: optional(number), provenance })
const nothing = object<NoData>({ kind: oneOf('no-data'), at: number, cause: oneOf(...noDataCauses), detail: text, nextAt: optional(number), everyMs: optional(number), provenance })
const kind = object<{ kind: 'sample' | 'no-data' }>({ kind: oneOf('sample', 'no-data') })

export const sample: Decoder<Sample | NoData> = (value, at) => (kind(value, at).kind === 'sample' ? measured(value, at) : nothing(value, at))
