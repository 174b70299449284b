/** A moment is frozen if and only if a scan of what the clock on the wall showed, minute by minute, says so. */
import { expect, test } from '@jest/globals'
import { frozenAt } from '../../../core/domain/freeze.js'
import { parseFreezeWindow, type FreezeWindow } from '../../../core/domain/freeze-window.js'

const MINUTE = 60_000
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const PLACES: readonly (readonly [string, string])[] = [
  ['Europe/Paris', '2026-03-29T01:00:00Z'], ['Europe/Paris', '2026-10-25T01:00:00Z'], ['America/New_York', '2026-03-08T07:00:00Z'], ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Asia/Kolkata', '2026-03-29T01:00:00Z'], ['Pacific/Apia', '2011-12-30T10:00:00Z'], ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'], ['America/Sao_Paulo', '2018-11-04T03:00:00Z'], ['UTC', '2026-12-31T23:00:00Z'],
]

/** Small, seeded, good enough for choosing windows. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** What the wall showed in each minute, by another way than the code under test goes. */
function scanned(zone: string, from: number, minutes: number): readonly number[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return Array.from({ length: minutes }, (_, index) => Date.parse(`${format.format(from + index * MINUTE).replace(' ', 'T')}Z`))
}

/** Every time the window's readings come, as the text of it says. */
function readingsOf(text: string, around: number): readonly (readonly [number, number])[] {
  const ms = (time: string): number => Number(time.slice(0, 2)) * 60 * MINUTE + Number(time.slice(3)) * MINUTE
  const day = 1440 * MINUTE
  const midnights = Array.from({ length: 31 }, (_, index) => (Math.floor(around / day) + index - 15) * day)
  const named = (at: number): string => new Date(at).toUTCString().slice(0, 3)
  const [first = '', second = ''] = text.split('–')
  if (/^\d{4}/.test(first)) return [[Date.parse(`${first}Z`), Date.parse(`${second}Z`)]]
  const daily = /^\d/.test(first)
  return midnights.filter((at) => daily || named(at) === first.slice(0, 3)).map((at) => {
    const begin = at + ms(first.slice(-5))
    const ends = Array.from({ length: 9 }, (_, index) => at + index * day).filter((other) => daily || named(other) === second.slice(0, 3)).map((other) => other + ms(second.slice(-5)))
    return [begin, ends.find((end) => end > begin)!]
  })
}

function randomWindow(next: () => number, around: number): string {
  const time = (): string => `${String(Math.floor(next() * 24)).padStart(2, '0')}:${String(Math.floor(next() * 60)).padStart(2, '0')}`
  const day = (): string => DAYS[Math.floor(next() * 7)]!
  const kind = next()
  if (kind < 0.4) return `${time()}–${time()}`
  if (kind < 0.8) return `${day()} ${time()}–${day()} ${time()}`
  const begin = around - next() * 3 * 1440 * MINUTE
  const iso = (at: number): string => new Date(at).toISOString().slice(0, 16)
  return `${iso(begin)}–${iso(begin + (1 + next() * 5000) * MINUTE)}`
}

test.each(PLACES)('%s around %s', (zone, iso) => {
  const next = chance(Date.parse(iso) / MINUTE)
  const start = Date.parse(iso) - 3 * 1440 * MINUTE
  // Beyond the part that is asked about, so that it is seen what comes before and after.
  const wall = scanned(zone, start, 6 * 1440)
  const highest: number[] = []
  for (const reading of wall) highest.push(Math.max(reading, highest.at(-1) ?? -Infinity))
  const lowest: number[] = []
  for (const reading of wall.toReversed()) lowest.push(Math.min(reading, lowest.at(-1) ?? Infinity))
  lowest.reverse()
  let asked = 0
  let frozen = 0
  for (let tries = 0; tries < 24; tries += 1) {
    const text = randomWindow(next, Date.parse(iso))
    const window = parseFreezeWindow(text, zone)
    if ('expected' in window) {
      expect(text.split('–')[0]).toBe(text.split('–')[1])
      continue
    }
    const spans = readingsOf(text, Date.parse(iso))
    for (let look = 0; look < 40; look += 1) {
      // Half of them close to the change of the clocks, where it may go wrong.
      const index = look % 2 === 0 ? Math.floor((1.5 + next() * 3) * 1440) : 3 * 1440 - 180 + Math.floor(next() * 360)
      const expected = spans.some(([begin, end]) => highest[index]! >= begin && lowest[index]! < end)
      const found = frozenAt(of(window), start + index * MINUTE)
      asked += 1
      if (expected) frozen += 1
      if ((found !== undefined) !== expected) throw new Error(`${text} ${zone} at ${new Date(start + index * MINUTE).toISOString()}: ${String(found !== undefined)}`)
      if (found?.until !== undefined && frozenAt(of(window), found.until) !== undefined) throw new Error(`${text}: the end is frozen too`)
    }
  }
  expect(asked).toBeGreaterThan(800)
  expect(frozen).toBeGreaterThan(80)
})

const of = (window: FreezeWindow): Parameters<typeof frozenAt>[0] => ({ windows: [window], appliesTo: ['deploy'] })
