import { expect, test } from '@jest/globals'
import { intervalOf, nextWorthAsking, noScrapes, withScrape } from '../../../core/domain/scrapes.js'

const after = (...times: readonly number[]) => times.reduce(withScrape, noScrapes)

test('an interval is known once two scrapes were seen, and asking follows it', () => {
  expect(nextWorthAsking(after(1000), 1200)).toBeUndefined()
  expect(intervalOf(after(1000, 16_000))).toBe(15_000)
  expect(nextWorthAsking(after(1000, 16_000), 17_000)).toBe(31_150)
})

test('the same scrape again is no new one, and a missed one no longer interval', () => {
  expect(after(1000, 1000, 16_000, 16_000, 15_000).seen).toEqual([1000, 16_000])
  expect(intervalOf(after(1000, 16_000, 46_000))).toBe(15_000)
})

test('a scrape that is late is waited for from now on', () => {
  expect(nextWorthAsking(after(1000, 16_000), 60_000)).toBe(60_000)
})

test('a source that changes its pace is followed', () => {
  const slower = after(...Array.from({ length: 6 }, (_, index) => index * 5000), ...Array.from({ length: 7 }, (_, index) => 40_000 + index * 30_000))
  expect(intervalOf(slower)).toBe(30_000)
})
