/** Times on the page: local to whoever looks, the same in UTC on hover. */
import { el } from './elements.js'
import { ago, clockTime, isoTime, localTime, NO_DATA, utcTime } from './wording.js'

function timeElement(at: number | undefined, text: string): HTMLElement {
  if (at === undefined || text === NO_DATA) return absent()
  return el('time', { datetime: isoTime(at), title: utcTime(at) }, text)
}

export const absent = (text = NO_DATA): HTMLElement => el('span.absent', {}, text)

export const moment = (at: number | undefined): HTMLElement => timeElement(at, localTime(at))
export const clock = (at: number | undefined): HTMLElement => timeElement(at, clockTime(at))

/** Seen from now, as this page may be looked at long after it was made. */
export const since = (at: number | undefined): HTMLElement => timeElement(at, ago(at, Date.now()))

export const withUtc = (at: number | undefined): HTMLElement =>
  at === undefined ? absent() : el('span', {}, moment(at), ' ', el('span.quiet', {}, '(', el('span.whole-line', {}, `${utcTime(at)},`), ' ', since(at), ')'))
