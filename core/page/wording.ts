/** Figures as people read them. What is absent or not a number is "no data", never 0. */
import { readableDuration } from '../domain/duration.js'

export const NO_DATA = 'no data'

const DAY = 86_400_000
const numbers = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const minute = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' })
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

type Maybe = number | null | undefined

const known = (value: Maybe): value is number => typeof value === 'number' && Number.isFinite(value)

/** The times that a `Date` can hold. */
const isTime = (value: Maybe): value is number => known(value) && Math.abs(value) <= 8.64e15

export const count = (value: Maybe): string => (known(value) ? numbers.format(value) : NO_DATA)

/** A share from 0 to 1 as `12.3 %`; what is small but not nothing stays distinct from nothing. */
export function share(value: Maybe): string {
  if (!known(value)) return NO_DATA
  if (value > 0 && value < 0.001) return '< 0.1 %'
  return `${numbers.format(value * 100)} %`
}

/** A weight, which is a percentage already. */
export const percent = (value: Maybe): string => (known(value) ? `${numbers.format(value)} %` : NO_DATA)

export function duration(ms: Maybe): string {
  if (!known(ms)) return NO_DATA
  if (ms < 2 * DAY) return readableDuration(Math.max(0, ms))
  const hours = Math.round((ms % DAY) / 3_600_000)
  const days = Math.floor(ms / DAY) + (hours === 24 ? 1 : 0)
  return hours % 24 === 0 || days >= 10 ? `${days} days` : `${days} days ${hours} h`
}

/** So many a day, in the span that makes it a figure one can picture. */
export function frequency(perDay: Maybe): string {
  if (!known(perDay)) return NO_DATA
  if (perDay >= 1 || perDay === 0) return `${numbers.format(perDay)} a day`
  if (perDay * 7 >= 1) return `${numbers.format(perDay * 7)} a week`
  return `${numbers.format(perDay * 30)} a month`
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function bytes(value: Maybe): string {
  if (!known(value)) return NO_DATA
  const power = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${numbers.format(value / 1000 ** power)} ${SIZES[power]}`
}

const SPANS = [['min', 60_000], ['h', 3_600_000], ['day', DAY], ['month', 30.44 * DAY], ['year', 365.25 * DAY]] as const

/** `3 h ago`, seen from `now`. */
export function ago(at: Maybe, now: number): string {
  if (!isTime(at)) return NO_DATA
  const apart = Math.abs(now - at)
  const [unit, length] = SPANS.findLast(([, span]) => apart >= span) ?? ['min', 0]
  if (length === 0) return 'just now'
  const many = Math.floor(apart / length)
  const words = `${many} ${unit}${many === 1 || length < DAY ? '' : 's'}`
  return at > now ? `in ${words}` : `${words} ago`
}

/** In the time of whoever looks: `21 Nov 2026, 14:05`. */
export const localTime = (at: Maybe): string => (isTime(at) ? minute.format(at) : NO_DATA)
export const clockTime = (at: Maybe): string => (isTime(at) ? second.format(at) : NO_DATA)

/** Weeks and spans are counted in UTC. */
export const utcDay = (at: Maybe): string => (isTime(at) ? day.format(at) : NO_DATA)

/** `2026-11-21 14:05:00 UTC` */
export const utcTime = (at: Maybe): string => (isTime(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : NO_DATA)
export const isoTime = (at: Maybe): string => (isTime(at) ? new Date(at).toISOString() : '')

/** A commit as people name it; what does not look like one is left as it is. */
export const shortCommit = (commit: string): string => (/^[0-9a-f]{12,64}$/.test(commit) ? commit.slice(0, 7) : commit)

export const plural = (many: number, one: string, more = `${one}s`): string => `${count(many)} ${many === 1 ? one : more}`
