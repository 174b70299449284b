import { describe, expect, test } from '@jest/globals'
import { ago, bytes, count, duration, frequency, isoTime, localTime, NO_DATA, percent, share, shortCommit, utcDay, utcTime } from '../../../core/page/wording.js'

const SECOND = 1000
const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('what is not known', () => {
  test.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('%s is "no data" in every wording, never 0', (value) => {
    for (const say of [count, share, percent, duration, frequency, bytes, utcDay, utcTime, localTime]) expect(say(value)).toBe(NO_DATA)
    expect(ago(value, 0)).toBe(NO_DATA)
  })

  test('nothing is told as nothing', () => {
    expect([count(0), share(0), percent(0), duration(0), frequency(0), bytes(0)]).toEqual(['0', '0 %', '0 %', '0 ms', '0 a day', '0 B'])
  })

  test('a time that no calendar has is no reason to fail', () => {
    expect([utcTime(9e15), localTime(-9e15), isoTime(9e15), ago(9e15, 0)]).toEqual([NO_DATA, NO_DATA, '', NO_DATA])
  })
})

describe('figures have their units', () => {
  test.each([[0.1234, '12.3 %'], [1, '100 %'], [0.0004, '< 0.1 %'], [0.001, '0.1 %']])('the share %d is %s', (value, words) => {
    expect(share(value)).toBe(words)
  })

  test.each([
    [800, '800 ms'], [90 * SECOND, '1 min 30 s'], [47 * HOUR, '47 h'], [2 * DAY, '2 days'], [2 * DAY + 5 * HOUR, '2 days 5 h'],
    [2 * DAY + 23.9 * HOUR, '3 days'], [40 * DAY + 5 * HOUR, '40 days'], [-5, '0 ms'],
  ])('%d ms are %s', (value, words) => {
    expect(duration(value)).toBe(words)
  })

  test.each([[4.26, '4.3 a day'], [1, '1 a day'], [0.5, '3.5 a week'], [0.1, '3 a month']])('%d a day is %s', (value, words) => {
    expect(frequency(value)).toBe(words)
  })

  test.each([[999, '999 B'], [1000, '1 kB'], [123_456_789, '123.5 MB'], [5e15, '5,000 TB']])('%d bytes are %s', (value, words) => {
    expect(bytes(value)).toBe(words)
  })

  test('a commit is short, a name of another kind is left alone', () => {
    expect([shortCommit('0123456789abcdef0123456789abcdef01234567'), shortCommit('main'), shortCommit('')]).toEqual(['0123456', 'main', ''])
  })
})

describe('times', () => {
  test.each([
    [0, 'just now'], [59 * SECOND, 'just now'], [61 * SECOND, '1 min ago'], [3 * HOUR, '3 h ago'], [DAY, '1 day ago'], [29 * DAY, '29 days ago'], [70 * DAY, '2 months ago'], [800 * DAY, '2 years ago'],
  ])('%d ms before now is %s', (before, words) => {
    expect(ago(1e12 - before, 1e12)).toBe(words)
  })

  test('a clock that is behind sees what is to come', () => {
    expect(ago(1e12 + 5 * 60_000, 1e12)).toBe('in 5 min')
  })

  test('are told in UTC where they are counted in it', () => {
    const at = Date.UTC(2026, 10, 21, 23, 59, 7)
    expect([utcTime(at), utcDay(at), isoTime(at)]).toEqual(['2026-11-21 23:59:07 UTC', '21 Nov 2026', '2026-11-21T23:59:07.000Z'])
  })
})
