import { list, object, oneOf, optional, record, text, type Decoder } from '../../../domain/local-control/decode.js'

interface Status {
  readonly state: 'unprocessed' | 'active' | 'suppressed'
  readonly silencedBy: readonly string[]
  readonly inhibitedBy: readonly string[]
}

interface Silence {
  readonly createdBy: string
  readonly comment?: string
  readonly startsAt: number
  readonly status: { readonly state: 'expired' | 'active' | 'pending' }
}

const time: Decoder<number> = (value, at) => {
  const found = Date.parse(text(value, at))
  if (Number.isNaN(found)) throw new TypeError(`\`${at}\` should be a time and is "${String(value)}"`)
  return found
}

/** Alerts that are known now, with what keeps them quiet. */
export const decodeAlerts = list(object<{ labels: Readonly<Record<string, string>>; status: Status }>({
  labels: record(text),
  status: object<Status>({ state: oneOf('unprocessed', 'active', 'suppressed'), silencedBy: list(text), inhibitedBy: list(text) }),
}))

export const decodeSilence = object<Silence>({
  createdBy: text, comment: optional(text), startsAt: time, status: object<Silence['status']>({ state: oneOf('expired', 'active', 'pending') }),
})
