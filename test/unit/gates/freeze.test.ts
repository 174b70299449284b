import { describe, expect, test } from '@jest/globals'
import { frozenAt, nextFreeze, shownUntil, type Freeze } from '../../../core/domain/freeze.js'
import { parseFreezeWindow, parseHoliday, type FreezeWindow } from '../../../core/domain/freeze-window.js'
import { isTimeZone, shownAt, wallClock } from '../../../core/domain/wall-clock.js'

const windowOf = (text: string, zone = 'UTC'): FreezeWindow => {
  const found = parseFreezeWindow(text, zone)
  if ('expected' in found) throw new Error(`${text}: ${found.expected}`)
  return found
}
const freezeOf = (...texts: readonly string[]): Freeze => ({ windows: texts.map((text) => windowOf(text)), appliesTo: ['deploy', 'promote'] })
const at = (iso: string): number => Date.parse(iso)
const until = (freeze: Freeze, iso: string): string | undefined => {
  const found = frozenAt(freeze, at(iso))
  return found === undefined ? undefined : new Date(found.until ?? 0).toISOString().slice(0, 16)
}

describe('a window', () => {
  const weekend = 'Fri 16:00–Mon 08:00 Europe/Paris'
  test.each([weekend, 'Fri 16:00-Mon 08:00 Europe/Paris', 'Fri 16:00 - Mon 8:00 Europe/Paris', 'friday 16:00 to monday 08:00 Europe/Paris', '  FRI 16:00 — MON 08:00   Europe/Paris '])('is read from "%s"', (text) => {
    expect(windowOf(text)).toMatchObject({ zone: 'Europe/Paris', weekly: true, spans: windowOf(weekend).spans })
  })

  test.each<[string, string, string, string | undefined]>([
    ['a weekend, before', weekend, '2026-01-16T14:59:59Z', undefined],
    ['a weekend, at its start', weekend, '2026-01-16T15:00:00Z', '2026-01-19T07:00'],
    ['a weekend, before its end', weekend, '2026-01-19T06:59:59Z', '2026-01-19T07:00'],
    ['a weekend, at its end', weekend, '2026-01-19T07:00:00Z', undefined],
    ['whole days', 'Sat–Sun', '2026-01-18T23:59:59Z', '2026-01-19T00:00'],
    ['whole days, before', 'Sat–Sun', '2026-01-16T23:59:59Z', undefined],
    ['one day', 'Wed Asia/Kolkata', '2026-01-20T18:30:00Z', '2026-01-21T18:30'],
    ['one day, after', 'Wed Asia/Kolkata', '2026-01-21T18:30:00Z', undefined],
    ['all days of the week: there is no end', 'Tue–Mon', '2026-01-21T18:30:00Z', '1970-01-01T00:00'],
    ['days that wrap around the week', 'Sun–Tue 12:00', '2026-01-20T11:00:00Z', '2026-01-20T12:00'],
    ['every night, before midnight', '22:00–06:00 Europe/Paris', '2026-01-20T21:00:00Z', '2026-01-21T05:00'],
    ['every night, after midnight', '22:00–06:00 Europe/Paris', '2026-01-21T04:59:00Z', '2026-01-21T05:00'],
    ['every night, by day', '22:00–06:00 Europe/Paris', '2026-01-21T05:00:00Z', undefined],
    ['until midnight', '22:00–24:00', '2026-01-20T23:59:59Z', '2026-01-21T00:00'],
    ['hours of some days', 'Mon–Fri 12:00–13:00', '2026-01-20T12:30:00Z', '2026-01-20T13:00'],
    ['hours of some days, on another', 'Mon–Fri 12:00–13:00', '2026-01-18T12:30:00Z', undefined],
    ['hours of one day, past midnight', 'Sun 22:00–06:00', '2026-01-19T05:00:00Z', '2026-01-19T06:00'],
    ['dates, the last one whole', '2026-12-24–2026-12-27', '2026-12-27T23:59:59Z', '2026-12-28T00:00'],
    ['dates with plain hyphens', '2026-12-24-2026-12-27', '2026-12-24T00:00:00Z', '2026-12-28T00:00'],
    ['dates, the day after', '2026-12-24–2026-12-27', '2026-12-28T00:00:00Z', undefined],
    ['one date elsewhere', '2026-12-25 Pacific/Auckland', '2026-12-24T11:00:00Z', '2026-12-25T11:00'],
    ['dates with times', '2026-12-24 16:00–2027-01-04 08:00 America/New_York', '2026-12-24T21:00:00Z', '2027-01-04T13:00'],
    ['dates with times, as ISO writes them', '2026-12-24T16:00–2027-01-04T08:00', '2026-12-24T15:59:00Z', undefined],
  ])('%s', (_, text, moment, end) => {
    expect(until(freezeOf(text), moment)).toBe(end)
  })

  test.each<[string, string]>([
    ['', 'a window such as'],
    ['every Friday', 'a window such as'],
    ['Fri 16:00', 'a window such as'],
    ['16:00', 'a window such as'],
    ['Fri 16:00–Mon 08:00–Tue', 'a window such as'],
    ['Fri 25:00–Mon 08:00', 'days and times that exist'],
    ['Fri 16:60–Mon 08:00', 'days and times that exist'],
    ['Fri 24:00–Mon 08:00', 'days and times that exist'],
    ['Frx–Mon', 'a window such as'],
    ['Frill–Mon', 'days and times that exist'],
    ['Fri–2026-12-24', 'the same kind'],
    ['2026-02-30–2026-03-02', 'days and times that exist'],
    ['2026-12-27–2026-12-24', 'an end after the start'],
    ['Mon 08:00–Mon 08:00', 'an end that is not the start'],
    ['08:00–08:00', 'an end that is not the start'],
    ['Fri 08:00–08:00', 'an end that is not the start'],
    ['Fri 16:00–Mon 08:00 Europe/Atlantis', 'the name of a time zone'],
    ['Sat–Sun Paris', 'the name of a time zone'],
    ['Sat–Sun +02:00', 'a window such as'],
  ])('"%s" is refused', (text, expected) => {
    expect(parseFreezeWindow(text, 'UTC')).toEqual({ expected: expect.stringContaining(expected) })
  })

  test('a holiday is whole days and nothing else', () => {
    expect(parseHoliday('2026-12-25', 'Europe/Paris')).toMatchObject({ text: 'holiday 2026-12-25', zone: 'Europe/Paris', weekly: false })
    expect(parseHoliday('2026-12-24–2026-12-27', 'UTC')).toMatchObject({ spans: [{ from: at('2026-12-24T00:00Z'), to: at('2026-12-28T00:00Z') }] })
    for (const bad of ['Sat', '2026-12-25 10:00', '2026-13-01', '22:00–06:00']) expect(parseHoliday(bad, 'UTC')).toHaveProperty('expected')
  })
})

describe('where clocks change', () => {
  test.each<[string, string, string, string | undefined]>([
    // Paris: 2026-03-29 02:00 → 03:00 at 01:00Z, 2026-10-25 03:00 → 02:00 at 01:00Z.
    ['a weekend that is an hour shorter ends by the clock', 'Fri 16:00–Mon 08:00 Europe/Paris', '2026-03-30T05:59:59Z', '2026-03-30T06:00'],
    ['a weekend that is an hour longer ends by the clock', 'Fri 16:00–Mon 08:00 Europe/Paris', '2026-10-26T06:59:59Z', '2026-10-26T07:00'],
    ['a start that the clock jumps over is the jump', 'Sun 02:30–04:00 Europe/Paris', '2026-03-29T01:00:00Z', '2026-03-29T02:00'],
    ['and not a moment before it', 'Sun 02:30–04:00 Europe/Paris', '2026-03-29T00:59:59Z', undefined],
    ['an end that the clock jumps over is the jump', 'Sun 01:00–02:30 Europe/Paris', '2026-03-29T00:59:59Z', '2026-03-29T01:00'],
    ['a window inside the jump never is', 'Sun 02:10–02:50 Europe/Paris', '2026-03-29T01:00:00Z', undefined],
    ['an hour that comes twice: it begins with the first', 'Sun 02:30–05:00 Europe/Paris', '2026-10-25T00:30:00Z', '2026-10-25T04:00'],
    ['and stays through the second', 'Sun 02:30–05:00 Europe/Paris', '2026-10-25T01:10:00Z', '2026-10-25T04:00'],
    ['and an end in it is the last', 'Sun 01:00–02:30 Europe/Paris', '2026-10-25T00:45:00Z', '2026-10-25T01:30'],
    ['New York in March', '22:00–06:00 America/New_York', '2026-03-08T09:59:59Z', '2026-03-08T10:00'],
    ['New York in November', '22:00–06:00 America/New_York', '2026-11-01T10:59:59Z', '2026-11-01T11:00'],
    ['half an hour off, and no change', 'Mon 09:00–18:00 Asia/Kolkata', '2026-03-30T03:30:00Z', '2026-03-30T12:30'],
    ['a clock that changes by half an hour', '01:00–01:45 Australia/Lord_Howe', '2026-04-04T15:00:00Z', '2026-04-04T15:15'],
    // Apia went from 2011-12-29 23:59 to 2011-12-31 00:00.
    ['a day that never was', '2011-12-30 Pacific/Apia', '2011-12-30T10:00:00Z', undefined],
    ['days around it', '2011-12-29–2011-12-31 Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T10:00'],
    ['a weekly day that never was', 'Fri Pacific/Apia', '2011-12-30T10:00:00Z', undefined],
    ['a weekly day after it', 'Sat Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T10:00'],
  ])('%s', (_, text, moment, end) => {
    expect(until(freezeOf(text), moment)).toBe(end)
  })

  test('names of zones are those that IANA lists', () => {
    expect(['Europe/Paris', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+2', 'America/Port-au-Prince'].filter(isTimeZone)).toHaveLength(5)
    expect(['', 'Paris', 'Europe/', '+02:00', 'Europe/Paris; x', '../etc'].filter(isTimeZone)).toEqual([])
  })

  test('a reading of a clock keeps its milliseconds, also before 1970', () => {
    expect(wallClock('Europe/Paris').reading(at('2026-07-01T10:00:00.123Z'))).toBe(at('2026-07-01T12:00:00.123Z'))
    expect(wallClock('UTC').reading(-1)).toBe(-1)
    expect(shownAt(at('2026-03-30T06:00:00Z'), 'Europe/Paris')).toBe('Mon 2026-03-30 08:00 Europe/Paris')
  })
})

describe('several windows', () => {
  const christmas = freezeOf('Fri 16:00–Mon 08:00 Europe/Paris', '2026-12-24–2026-12-27 Europe/Paris', '2026-12-28 Europe/Paris')
  test('that overlap or touch are one', () => {
    const found = frozenAt(christmas, at('2026-12-24T10:00:00Z'))!
    expect(found.window.text).toBe('2026-12-24–2026-12-27 Europe/Paris')
    expect(shownUntil(found)).toBe('until Tue 2026-12-29 00:00 Europe/Paris (2026-12-28T23:00:00Z)')
  })

  test('tell the next one, however far', () => {
    expect(nextFreeze(christmas, at('2026-12-21T10:00:00Z'))).toMatchObject({ from: at('2026-12-23T23:00:00Z'), until: at('2026-12-28T23:00:00Z') })
    expect(nextFreeze(freezeOf('2027-12-24 Europe/Paris'), at('2026-01-01T00:00:00Z'))).toMatchObject({ from: at('2027-12-23T23:00:00Z') })
    expect(nextFreeze(freezeOf('2025-12-24'), at('2026-01-01T00:00:00Z'))).toBeUndefined()
    expect(nextFreeze(freezeOf('Mon 08:00–09:00'), at('2026-01-19T08:00:00Z'))).toMatchObject({ from: at('2026-01-26T08:00:00Z') })
  })

  test('that leave no time have no end', () => {
    const found = frozenAt(freezeOf('00:00–24:00'), at('2026-01-21T18:30:00Z'))!
    expect(found.until).toBeUndefined()
    expect(shownUntil(found)).toBe('without an end in sight')
  })
})
