import { expect, test } from '@jest/globals'
import { closedIntervals, type Amount, type ClosedIntervals } from '../../../core/domain/closed-intervals.js'
import { seededDice } from '../../support/dice.mjs'

const one = (at: number, amount: number, series = 'a'): Amount => ({ series, at, amount })
const counting = (): ClosedIntervals => closedIntervals(1_234, 100, 300)

test('what is not over is left out, and what was before the beginning', () => {
  const intervals = counting()
  expect(intervals.askFrom).toBe(1_200)
  intervals.take([one(1_100, 50), one(1_200, 1), one(1_300, 2), one(1_400, 4)], 1_499)
  expect([intervals.total('a'), intervals.newest('a')]).toEqual([3, 1_400])
  intervals.take([one(1_400, 4)], 1_500)
  expect([intervals.total('a'), intervals.newest('a')]).toEqual([7, 1_500])
  expect([intervals.total('b'), intervals.newest('b')]).toEqual([0, undefined])
})

test('one grows until it is settled, and never shrinks', () => {
  const intervals = counting()
  intervals.take([one(1_200, 5)], 1_300)
  intervals.take([one(1_200, 3)], 1_310)
  expect(intervals.total('a')).toBe(5)
  intervals.take([one(1_200, 9)], 1_599)
  expect([intervals.total('a'), intervals.askFrom]).toEqual([9, 1_200])
  intervals.take([one(1_200, 10)], 1_600)
  expect([intervals.total('a'), intervals.askFrom]).toEqual([10, 1_300])
  intervals.take([one(1_200, 500), one(1_300, 1)], 1_650)
  expect(intervals.total('a')).toBe(11)
})

test('a clock that goes back asks for nothing again that is settled', () => {
  const intervals = counting()
  intervals.take([one(1_200, 1)], 2_000)
  intervals.take([one(1_200, 1)], 1_400)
  expect([intervals.total('a'), intervals.askFrom]).toEqual([1, 1_700])
})

test('what is no amount is none', () => {
  const intervals = counting()
  intervals.take([one(1_200, -1), one(1_200, Number.NaN)], 2_000)
  expect([intervals.total('a'), intervals.newest('a')]).toEqual([0, undefined])
})

test.each([1, 2, 3, 4, 5])('whenever it is asked, all that came in time is counted, once (dice %i)', (seed) => {
  const dice = seededDice(seed)
  const events = Array.from({ length: 400 }, () => {
    const at = 1_200 + dice.whole(0, 2_999)
    return { at, heard: Math.floor(at / 100) * 100 + 100 + dice.whole(0, 199) }
  })
  const intervals = counting()
  let before = 0
  for (let now = 1_200; now < 5_000; now += dice.whole(1, 99)) {
    const heard = events.filter((event) => event.heard <= now && event.at >= intervals.askFrom)
    const starts = [...new Set(heard.map(({ at }) => Math.floor(at / 100) * 100))]
    intervals.take(starts.map((start) => one(start, heard.filter(({ at }) => at >= start && at < start + 100).length)), now)
    expect(intervals.total('a')).toBe(events.filter((event) => event.heard <= now).length)
    expect(intervals.total('a')).toBeGreaterThanOrEqual(before)
    before = intervals.total('a')
  }
})
