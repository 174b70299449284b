import { deliveryEvent, deliveryResult, fact, intent, runInfo, variant } from '../../../domain/history-decode.js'
import type { LedgerRecord } from '../../../domain/ledger-log.js'
import { flag, number, object, oneOf, optional, text, type Decoder } from '../../../domain/local-control/decode.js'

type Of<K extends LedgerRecord['type']> = Extract<LedgerRecord, { type: K }>

const v: Decoder<1> = (value, at) => {
  if (value !== 1) throw new TypeError(`\`${at}\` should be 1 and is ${JSON.stringify(value) ?? 'not there'}`)
  return value
}

const forms = variant<LedgerRecord>({
  take: object<Of<'take'>>({ v, id: text, type: oneOf('take'), run: runInfo, at: number, until: number, preempt: flag, dead: optional(number) }),
  renew: object<Of<'renew'>>({ v, id: text, type: oneOf('renew'), lease: text, fence: number, until: number }),
  release: object<Of<'release'>>({ v, id: text, type: oneOf('release'), lease: text, fence: number }),
  begin: object<Of<'begin'>>({ v, id: text, type: oneOf('begin'), lease: text, fence: number, at: number, intent }),
  event: object<Of<'event'>>({ v, id: text, type: oneOf('event'), lease: text, fence: number, delivery: text, event: deliveryEvent }),
  finish: object<Of<'finish'>>({ v, id: text, type: oneOf('finish'), lease: text, fence: number, delivery: text, result: deliveryResult }),
  fact: object<Of<'fact'>>({ v, id: text, type: oneOf('fact'), fact }),
})

const version = object<{ v: 1 }>({ v })

/** One parsed line as a record. Throws a `TypeError` that names what does not fit; a newer version is told as such. */
export function decodeRecord(value: unknown): LedgerRecord {
  version(value, 'record')
  return forms(value, 'record')
}
