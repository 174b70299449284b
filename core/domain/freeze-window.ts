import { isTimeZone } from './wall-clock.js'

export const DAY_MS = 86_400_000
export const WEEK_MS = 7 * DAY_MS

/** A span of wall-clock time: from a first reading to before a last one. */
export interface Span {
  /** ms since Monday 00:00 when it comes every week, else a reading of the wall clock. */
  readonly from: number
  readonly to: number
}

/** A time without deliveries, as somebody wrote it. */
export interface FreezeWindow {
  readonly text: string
  readonly zone: string
  readonly weekly: boolean
  readonly spans: readonly Span[]
}

export interface BadWindow {
  /** Completes "Write …". */
  readonly expected: string
}

export const WINDOW_FORM = 'a window such as `Fri 16:00–Mon 08:00 Europe/Paris`, `Sat–Sun`, `22:00–06:00`, `Mon–Fri 12:00–13:00`, `2026-12-24–2026-12-27` or `2026-12-24 16:00–2027-01-04 08:00`'
export const HOLIDAY_FORM = 'a date such as `2026-12-25`, or dates such as `2026-12-24–2026-12-27`'
const ZONE_FORM = 'the name of a time zone as IANA lists it, such as `Europe/Paris` or `UTC`, after the window'

const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*'
const TIME = String.raw`\d{1,2}:\d{2}`
const DATE = String.raw`\d{4}-\d{2}-\d{2}`
const TO = String.raw`\s*(?:–|—|-|\bto\b)\s*`
const POINT = `(?:${DAY}|${DATE})(?:[ T]\\s*${TIME})?|${TIME}`
const EVERY_DAY = new RegExp(`^(?<first>${DAY})(?:${TO}(?<last>${DAY}))?\\s+(?<from>${TIME})${TO}(?<to>${TIME})$`, 'i')
const RANGE = new RegExp(`^(?<from>${POINT})${TO}(?<to>${POINT})$`, 'i')
const WHOLE = new RegExp(`^(?<from>${DAY}|${DATE})$`, 'i')
const NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

/** Reads a window; a zone at its end wins over the given one. */
export function parseFreezeWindow(text: string, zone: string): FreezeWindow | BadWindow {
  const trimmed = text.trim()
  const named = /^(?<when>.*\S)\s+(?<zone>[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*)$/.exec(trimmed)?.groups
  // The last word may as well be the day that a window ends with.
  const split = named !== undefined && spansOf(trimmed) === undefined ? named : { when: trimmed, zone }
  const spans = spansOf(split['when'] ?? '')
  if (spans === undefined || 'expected' in spans) return spans ?? { expected: WINDOW_FORM }
  if (!isTimeZone(split['zone'] ?? '')) return { expected: ZONE_FORM }
  return { text: trimmed, zone: split['zone'] ?? zone, ...spans }
}

/** Whole days in a zone. */
export function parseHoliday(text: string, zone: string): FreezeWindow | BadWindow {
  const found = new RegExp(`^${DATE}(?:${TO}${DATE})?$`).test(text.trim()) ? spansOf(text.trim()) : undefined
  if (found === undefined || 'expected' in found) return found ?? { expected: HOLIDAY_FORM }
  return { text: `holiday ${text.trim()}`, zone, ...found }
}

type Spans = Pick<FreezeWindow, 'weekly' | 'spans'>

function spansOf(when: string): Spans | BadWindow | undefined {
  const each = EVERY_DAY.exec(when)?.groups
  if (each !== undefined) return hoursOfDays(each)
  const whole = WHOLE.exec(when)?.groups
  const range = RANGE.exec(when)?.groups
  const [first, last] = [whole?.['from'] ?? range?.['from'], whole?.['from'] ?? range?.['to']]
  if (first === undefined || last === undefined) return undefined
  const [from, to] = [pointOf(first, 'start'), pointOf(last, 'end')]
  if (from === undefined || to === undefined) return { expected: `days and times that exist: ${WINDOW_FORM}` }
  if (from.kind !== to.kind) return { expected: `the same kind of start and end: ${WINDOW_FORM}` }
  if (from.kind === 'date') return from.at < to.at ? { weekly: false, spans: [{ from: from.at, to: to.at }] } : { expected: 'an end after the start' }
  if (from.at === to.at && /\d/.test(when)) return { expected: 'an end that is not the start' }
  if (from.kind === 'time') return { weekly: true, spans: NAMES.map((_, day) => hours(day, from.at, to.at)) }
  // `Tue–Mon` ends where it begins, and is meant so: all the time.
  return { weekly: true, spans: [{ from: from.at, to: to.at > from.at ? to.at : to.at + WEEK_MS }] }
}

function hoursOfDays({ first = '', last = first, from = '', to = '' }: Readonly<Record<string, string | undefined>>): Spans | BadWindow {
  const [start, end] = [timeOf(from, 'start'), timeOf(to, 'end')]
  const [begin, stop] = [dayOf(first), dayOf(last)]
  if (start === undefined || end === undefined || begin === undefined || stop === undefined) return { expected: `days and times that exist: ${WINDOW_FORM}` }
  if (start === end) return { expected: 'an end that is not the start' }
  const days = ((stop - begin + 7) % 7) + 1
  return { weekly: true, spans: Array.from({ length: days }, (_, index) => hours((begin + index) % 7, start, end)) }
}

/** From one time to the next of the other, which may be on the day after. */
function hours(day: number, from: number, to: number): Span {
  return { from: day * DAY_MS + from, to: day * DAY_MS + (to > from ? to : to + DAY_MS) }
}

interface Point {
  readonly kind: 'time' | 'day' | 'date'
  readonly at: number
}

/** A day or date without a time is meant whole: an end is the end of it. */
function pointOf(text: string, side: 'start' | 'end'): Point | undefined {
  const { day, date, time } = new RegExp(`^(?:(?<day>${DAY})|(?<date>${DATE}))?[ T]?\\s*(?<time>${TIME})?$`, 'i').exec(text)?.groups ?? {}
  const within = time === undefined ? (side === 'start' ? 0 : DAY_MS) : timeOf(time, side)
  if (within === undefined) return undefined
  if (date !== undefined) return sum('date', dateOf(date), within)
  if (day !== undefined) return sum('day', dayStart(day), within)
  return { kind: 'time', at: within }
}

function sum(kind: Point['kind'], start: number | undefined, within: number): Point | undefined {
  return start === undefined ? undefined : { kind, at: start + within }
}

function timeOf(text: string, side: 'start' | 'end'): number | undefined {
  const [hour = 0, minute = 0] = text.split(':').map(Number)
  const ms = (hour * 60 + minute) * 60_000
  return minute < 60 && (ms < DAY_MS || (ms === DAY_MS && side === 'end')) ? ms : undefined
}

function dayOf(text: string): number | undefined {
  const index = NAMES.findIndex((name) => name === text.toLowerCase() || name.slice(0, 3) === text.toLowerCase())
  return index === -1 ? undefined : index
}

function dayStart(text: string): number | undefined {
  const day = dayOf(text)
  return day === undefined ? undefined : day * DAY_MS
}

/** A 30th of February would count as the 2nd of March. */
function dateOf(text: string): number | undefined {
  const at = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? undefined : at
}
