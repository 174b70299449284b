import { dumpFormats } from './backup.js'
import { runInfo } from './history-decode-run.js'
import { deliveryKinds, verbs, type DeliveryEvent, type DeliveryIntent, type DeliveryResult, type Fact, type Overruled, type SchemaChange } from './history.js'
import { flag, list, number, object, oneOf, optional, record, text, type Decoder } from './local-control/decode.js'
import type { Fingerprint, Receipt } from './receipt.js'
import type { Release } from './release.js'
import { told } from './telling/told.js'
import { past, watched, watching } from './watch-decode.js'

export { runInfo }

/** Decoders of what every ledger stores, whatever it stores it in. Each throws a `TypeError` that names the place. */
export const release = object<Release>({
  app: text, version: text, commit: text, images: record(text), serving: text, settings: record(text), settingsHash: text,
})


export const intent = object<DeliveryIntent>({
  kind: oneOf(...deliveryKinds), release, previous: optional(release), plan: list(text), requestedAt: number, run: runInfo, receipt: optional(text), because: optional(text),
  overruled: optional(object<Overruled>({ reason: text, what: list(text) })),
})

/** A value whose `type` says which of several forms it has. */
export function variant<T>(forms: Readonly<Record<string, Decoder<T>>>): Decoder<T> {
  const kind = object<{ type: string }>({ type: text })
  return (value, at) => {
    const { type } = kind(value, at)
    const form = Object.hasOwn(forms, type) ? forms[type] : undefined
    if (form === undefined) throw new TypeError(`\`${at}.type\` should be one of ${Object.keys(forms).join(', ')} and is "${type}"`)
    return form(value, at)
  }
}

type Event<K extends DeliveryEvent['type']> = Extract<DeliveryEvent, { type: K }>

export const deliveryEvent = variant<DeliveryEvent>({
  doing: object<Event<'doing'>>({ type: oneOf('doing'), at: number, verb: oneOf(...verbs), weight: optional(number), detail: optional(text) }),
  verdict: object<Event<'verdict'>>({
    type: oneOf('verdict'), at: number, weight: number, decision: text, lean: text, requests: number, errors: number, detail: text,
  }),
  observed: object<Event<'observed'>>({ type: oneOf('observed'), at: number, detail: text }),
})

export const deliveryResult = object<DeliveryResult>({
  at: number,
  ok: flag,
  reason: text,
  message: text,
  live: optional(release),
  bad: optional(release),
  schema: optional(object<SchemaChange>({ before: text, after: text })),
  record: optional(object<NonNullable<DeliveryResult['record']>>({ sha256: text, link: text })),
})

const fingerprint = object<Fingerprint>({
  schema: text, rows: record(number), sequences: record(text), extensions: record(text), largeObjects: number, checksums: optional(record(text)),
})

const verified = object<NonNullable<Receipt['verified']>>({ at: text, how: oneOf('restored'), restoreMs: number, where: optional(text) })

export const receipt = object<Receipt>({
  format: (value, at) => {
    if (value !== 1) throw new TypeError(`\`${at}\` should be 1 and is ${JSON.stringify(value)}`)
    return value
  },
  id: text,
  app: text,
  environment: text,
  version: text,
  database: object<Receipt['database']>({ host: text, port: number, name: text, systemIdentifier: text }),
  store: text,
  object: text,
  bytes: number,
  sha256: text,
  compression: text,
  takenAt: text,
  dumpMs: number,
  clientVersion: text,
  serverVersion: text,
  schemaRevision: text,
  fingerprint,
  verified: (value, at) => (value === null ? null : verified(value, at)),
  kind: optional(oneOf(...dumpFormats, 'archive')),
  encryptedFor: optional(list(text)),
  copies: optional(list(object<{ readonly store: string }>({ store: text }))),
  moment: optional(object<NonNullable<Receipt['moment']>>({ position: text, exact: flag })),
  listed: optional(object<NonNullable<Receipt['listed']>>({ at: text, entries: number })),
  by: optional(object<NonNullable<Receipt['by']>>({ run: text, actor: text, url: text })),
  takenFor: optional(oneOf('restore')),
})

export const fact = variant<Fact>({
  receipt: object<Extract<Fact, { type: 'receipt' }>>({ type: oneOf('receipt'), at: number, receipt }),
  restoring: object<Extract<Fact, { type: 'restoring' }>>({ type: oneOf('restoring'), at: number, receipt: text, database: text, run: text, kept: optional(text) }),
  restored: object<Extract<Fact, { type: 'restored' }>>({
    type: oneOf('restored'), at: number, receipt: text, database: text, kept: text, ok: flag, reason: text, detail: text, tookMs: number, lostMs: number, schema: optional(text),
  }),
  past,
  watching,
  watched,
  checked: object<Extract<Fact, { type: 'checked' }>>({ type: oneOf('checked'), at: number, version: text, ok: flag, reason: text, detail: text }),
  told: object<Extract<Fact, { type: 'told' }>>({ type: oneOf('told'), at: number, told }),
})
