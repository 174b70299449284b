import { verbs, type DeliveryEvent, type DeliveryResult, type SchemaChange } from '../../../domain/history.js'
import type { Release } from '../../../domain/release.js'

/**
 * The description of a deployment status: at most 140 characters that a person can read and we can read back.
 * `e1 <time> <word> <fields> | <text>`; the text is cut where it does not fit, the fields never are.
 */
export const LONGEST = 140

export type Written =
  | { readonly kind: 'event'; readonly event: DeliveryEvent; readonly by?: number }
  | { readonly kind: 'end'; readonly end: End; readonly by?: number }
  | { readonly kind: 'renewed' }
  | { readonly kind: 'gone'; readonly why: string }
  | { readonly kind: 'part'; readonly index: number; readonly of: number; readonly chunk: string }

/** A result, with the releases that it names told by where they are known from. */
export interface End extends Omit<DeliveryResult, 'live' | 'bad' | 'record'> {
  readonly live: Place
  readonly bad: Place
  /** SHA-256 of the full record, base64url; its link is the status's `log_url`. */
  readonly record?: string
}

/** `release` and `previous` are the intent's; `elsewhere` is told in parts before. */
export type Place = 'release' | 'previous' | 'none' | 'elsewhere'

export interface Elsewhere {
  readonly live?: Release
  readonly bad?: Release
  readonly schema?: SchemaChange
}

const places: readonly Place[] = ['release', 'previous', 'none', 'elsewhere']

export function describe(written: Exclude<Written, { kind: 'part' }>, at: number): string {
  switch (written.kind) {
    case 'event': return line(at, ...eventWords(written.event), ...byWord(written.by))(written.event.detail)
    case 'end': return line(at, 'ended', ...endWords(written.end), ...byWord(written.by))(written.end.message)
    case 'renewed': return line(at, 'renewed')(undefined)
    default: return line(at, 'gone')(written.why)
  }
}

/** Characters that a result's own text has left. */
export function roomFor(end: End, by: number | undefined): number {
  return LONGEST - line(end.at, 'ended', ...endWords(end), ...byWord(by))(undefined).length - ' | '.length
}

/** A part of what no description could hold. */
export function describePart(index: number, of: number, chunk: string): string {
  return `e1 part ${index}/${of} ${chunk}`
}

/** Characters that one part can hold. */
export const CHUNK = 120

/** `undefined` when the description is not ours. Throws a `TypeError` when it is and can't be read. */
export function read(description: string): Written | undefined {
  const [head = '', ...rest] = description.split(' | ')
  const text = rest.length === 0 ? undefined : rest.join(' | ')
  const [mark, time = '', word = '', ...words] = head.split(' ')
  if (mark === undefined || !/^e\d+$/.test(mark)) return undefined
  if (mark !== 'e1') throw new TypeError(`"${description.slice(0, 40)}" is of the form ${mark}, and this version reads e1`)
  if (time === 'part') return part(word, words[0] ?? '')
  const at = whole(time, 36, description)
  const found = Object.fromEntries(words.map((one) => [one.slice(0, Math.max(0, one.indexOf('='))), decodeURIComponent(one.slice(one.indexOf('=') + 1))]))
  const by = found['by'] === undefined ? {} : { by: whole(found['by'], 10, description) }
  if (word === 'ended') return { kind: 'end', end: endOf(found, at, text, description), ...by }
  if (word === 'renewed') return { kind: 'renewed' }
  if (word === 'gone') return { kind: 'gone', why: text ?? '' }
  return { kind: 'event', event: eventOf(word, found, at, text, description), ...by }
}

function eventWords(event: DeliveryEvent): readonly string[] {
  if (event.type === 'doing') return [event.verb, ...(event.weight === undefined ? [] : [field('w', event.weight)])]
  if (event.type === 'observed') return ['observed']
  return ['verdict', field('is', event.decision), field('w', event.weight), field('lean', event.lean), field('n', event.requests), field('bad', event.errors)]
}

function endWords({ ok, reason, live, bad, schema, record }: End): readonly string[] {
  return [
    field('ok', ok ? 1 : 0), field('why', reason), field('live', live), field('bad', bad),
    ...(schema === undefined ? [] : [field('from', schema.before), field('to', schema.after)]),
    ...(record === undefined ? [] : [field('rec', record)]),
  ]
}

/** Completes the fields with as much of a text as there is room for. */
function line(at: number, ...words: readonly string[]): (text: string | undefined) => string {
  const head = ['e1', at.toString(36), ...words].join(' ')
  return (text) => (text === undefined ? head : cut(`${head} | ${text.replaceAll(/\s+/g, ' ')}`))
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function field(name: string, value: string | number): string {
  return `${name}=${encodeURIComponent(value)}`
}

function byWord(by: number | undefined): readonly string[] {
  return by === undefined ? [] : [field('by', by)]
}

type Found = Readonly<Record<string, string>>

function eventOf(word: string, found: Found, at: number, text: string | undefined, whence: string): DeliveryEvent {
  if (word === 'observed') return { type: 'observed', at, detail: text ?? '' }
  if (word === 'verdict') {
    return {
      type: 'verdict', at, weight: decimal(found['w'], whence), decision: found['is'] ?? '', lean: found['lean'] ?? '',
      requests: decimal(found['n'], whence), errors: decimal(found['bad'], whence), detail: text ?? '',
    }
  }
  const verb = verbs.find((one) => one === word)
  if (verb === undefined) throw new TypeError(`"${whence.slice(0, 40)}" tells of "${word}", which this version does not know`)
  const weight = found['w'] === undefined ? {} : { weight: decimal(found['w'], whence) }
  return { type: 'doing', at, verb, ...weight, ...(text === undefined ? {} : { detail: text }) }
}

function endOf(found: Found, at: number, text: string | undefined, whence: string): End {
  const place = (name: string): Place => {
    const value = places.find((one) => one === found[name])
    if (value === undefined) throw new TypeError(`"${whence.slice(0, 40)}" does not tell \`${name}\``)
    return value
  }
  return {
    at, ok: found['ok'] === '1', reason: found['why'] ?? '', message: text ?? '', live: place('live'), bad: place('bad'),
    ...(found['from'] === undefined ? {} : { schema: { before: found['from'], after: found['to'] ?? '' } }),
    ...(found['rec'] === undefined ? {} : { record: found['rec'] }),
  }
}

function part(place: string, chunk: string): Written {
  const { index = '', of = '' } = /^(?<index>\d+)\/(?<of>\d+)$/.exec(place)?.groups ?? {}
  return { kind: 'part', index: whole(index, 10, place), of: whole(of, 10, place), chunk }
}

function whole(text: string, base: 10 | 36, whence: string): number {
  const value = /^[0-9a-z]+$/.test(text) ? Number.parseInt(text, base) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new TypeError(`"${whence.slice(0, 40)}" has "${text}" where a number belongs`)
  return value
}

function decimal(text: string | undefined, whence: string): number {
  const value = text === undefined || text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new TypeError(`"${whence.slice(0, 40)}" has "${text ?? ''}" where a number belongs`)
  return value
}
