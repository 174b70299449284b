import { inflateRawSync, deflateRawSync } from 'node:zlib'
import { release } from '../../../domain/history-decode.js'
import type { DeliveryEvent, DeliveryResult, SchemaChange } from '../../../domain/history.js'
import { decodeText, object, optional, text } from '../../../domain/local-control/decode.js'
import { releaseKey, type Release } from '../../../domain/release.js'
import type { Status } from './deployments.js'
import { CHUNK, describe, describePart, read, roomFor, type Elsewhere, type End, type Place, type Written } from './description.js'
import type { DeliveryPayload } from './payload.js'

/** A message may be cut, but not to less than this. */
const LEAST_TEXT = 30

/** What the statuses of a delivery's deployment amount to. */
export interface Folded {
  readonly events: readonly DeliveryEvent[]
  readonly result?: DeliveryResult
  /** GitHub shows it as the active one. */
  readonly active: boolean
  readonly count: number
}

/** Statuses in their order; whoever took over is believed from their first word on, and the first result counts. */
export function fold(statuses: readonly Status[], { fence, intent }: Pick<DeliveryPayload, 'fence' | 'intent'>): Folded {
  const events: DeliveryEvent[] = []
  const parts = new Map<number, string>()
  let result: DeliveryResult | undefined
  let active = false
  let newest = fence
  let last = ''
  for (const { state, description, logUrl } of statuses) {
    const written = read(description)
    if (state === 'inactive') active = false
    if (written === undefined || description === last) continue
    last = description
    if (result !== undefined) continue
    if (written.kind === 'part') parts.set(written.index, written.chunk)
    if (written.kind === 'event' && (written.by ?? fence) >= newest) {
      newest = written.by ?? fence
      events.push(written.event)
    }
    if (written.kind === 'end') {
      result = resultOf(written.end, intent, parts, logUrl)
      active = state === 'success'
    }
  }
  return { events, ...(result === undefined ? {} : { result }), active, count: statuses.length }
}

/** The descriptions that tell a result: one, or some before it for what it can not hold. */
export function describeResult(result: DeliveryResult, intent: DeliveryPayload['intent'], by: number | undefined): readonly string[] {
  const { live, bad, schema, record, ...rest } = result
  const end: End = {
    ...rest, live: placeOf(live, intent), bad: placeOf(bad, intent),
    ...(schema === undefined ? {} : { schema }), ...(record === undefined ? {} : { record: Buffer.from(record.sha256, 'hex').toString('base64url') }),
  }
  const written = (one: End): Written & { kind: 'end' } => ({ kind: 'end', end: one, ...(by === undefined ? {} : { by }) })
  const { schema: long, ...shorter } = end
  // A text is cut to fit, the fields are not: where they leave it no room, those of the revisions go to the parts.
  const fits = roomFor(end, by) >= Math.min(end.message.length, LEAST_TEXT)
  const elsewhere: Elsewhere = {
    ...(end.live === 'elsewhere' && live !== undefined ? { live } : {}), ...(end.bad === 'elsewhere' && bad !== undefined ? { bad } : {}),
    ...(fits || long === undefined ? {} : { schema: long }),
  }
  return [...partsOf(elsewhere), describe(written(fits ? end : shorter), result.at)]
}

function placeOf(named: Release | undefined, intent: DeliveryPayload['intent']): Place {
  if (named === undefined) return 'none'
  // The commit is no part of a release's identity, and would be lost with it.
  const same = (other: Release | undefined): boolean => other !== undefined && releaseKey(other) === releaseKey(named) && JSON.stringify(other) === JSON.stringify(named)
  if (same(intent.release)) return 'release'
  return same(intent.previous) ? 'previous' : 'elsewhere'
}

function partsOf(elsewhere: Elsewhere): readonly string[] {
  if (Object.keys(elsewhere).length === 0) return []
  const packed = deflateRawSync(JSON.stringify(elsewhere), { level: 9 }).toString('base64url')
  const chunks = packed.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? []
  return chunks.map((chunk, index) => describePart(index + 1, chunks.length, chunk))
}

const elsewhereForm = object<Elsewhere>({ live: optional(release), bad: optional(release), schema: optional(object<SchemaChange>({ before: text, after: text })) })

function resultOf(end: End, intent: DeliveryPayload['intent'], parts: ReadonlyMap<number, string>, logUrl: string): DeliveryResult {
  const { live, bad, record, ...rest } = end
  const chunks = [...parts].toSorted(([a], [b]) => a - b).map(([, chunk]) => chunk).join('')
  const elsewhere = chunks === '' ? {} : decodeText(elsewhereForm, unpacked(chunks), 'parts')
  const there = (place: Place, name: 'live' | 'bad'): { readonly [K in typeof name]?: Release } => {
    if (place === 'none') return {}
    const found = place === 'elsewhere' ? elsewhere[name] : intent[place]
    if (found === undefined) throw new TypeError(`the status that ended it names a \`${name}\` release that is not told`)
    return { [name]: found }
  }
  return {
    ...rest, ...there(live, 'live'), ...there(bad, 'bad'), ...(elsewhere.schema === undefined ? {} : { schema: elsewhere.schema }),
    ...(record === undefined ? {} : { record: { sha256: Buffer.from(record, 'base64url').toString('hex'), link: logUrl } }),
  }
}

function unpacked(chunks: string): string {
  try {
    return inflateRawSync(Buffer.from(chunks, 'base64url'), { maxOutputLength: 1 << 20 }).toString('utf8')
  } catch {
    throw new TypeError('the parts of its last status are not complete')
  }
}
