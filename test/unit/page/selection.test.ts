import { describe, expect, test } from '@jest/globals'
import type { DeliveryRow } from '../../../core/domain/dashboard/model.js'
import { fateOf, reasonWords } from '../../../core/page/outcome.js'
import { COLUMNS, EVERYTHING, isFiltered, pageOf, PAGE_SIZE, queryOf, selectionOf, selector, type Selection } from '../../../core/page/selection.js'

const row = (id: string, more: Partial<DeliveryRow> = {}): DeliveryRow => ({
  id, environment: 'production', kind: 'promote', version: '1.0.0', commit: 'c0ffee', by: 'ada', begunAt: Number(id) * 1000, endedAt: Number(id) * 1000 + 500, ok: true, reason: 'promoted', run: '1', runUrl: '', ...more,
})

const { endedAt: _, ok: __, reason: ___, ...left } = row('4')
const begun: DeliveryRow = left
const rows = [
  row('1', { version: '1.10.0', environment: 'staging', kind: 'deploy', reason: 'deployed' }),
  row('2', { version: '1.9.0', ok: false, reason: 'checks-failed', by: 'Grace', endedAt: 2900 }),
  row('3', { version: '1.2.0', kind: 'rollback', reason: 'rolled-back', from: '1.9.0', endedAt: 3100 }),
  begun,
]
const select = selector(rows)
const ids = (part: Partial<Selection>): string => select({ ...EVERYTHING, ...part }).map(({ id }) => id).join('')

describe('a selection', () => {
  test('shows everything, newest first', () => {
    expect(ids({})).toBe('4321')
    expect(rows.map(({ id }) => id).join('')).toBe('1234')
  })

  test.each([
    [{ environment: 'staging' }, '1'], [{ environment: 'nowhere' }, ''], [{ kind: 'rollback' }, '3'],
    [{ outcome: 'succeeded' }, '31'], [{ outcome: 'failed' }, '2'], [{ outcome: 'in-flight' }, '4'], [{ outcome: 'strange' }, ''],
    [{ text: 'GRACE' }, '2'], [{ text: '1.9.0' }, '32'], [{ text: 'rolled back' }, '3'], [{ text: 'checks-failed' }, '2'], [{ text: '  ' }, '4321'], [{ text: 'ada rollback 1.2' }, '3'], [{ text: 'ada nobody' }, ''],
    [{ environment: 'production', kind: 'promote', outcome: 'failed', text: 'grace' }, '2'],
  ])('%j fits %s', (part, expected) => {
    expect(ids(part)).toBe(expected)
  })

  test.each([
    [{ sort: 'version', direction: 'ascending' }, '4321'], [{ sort: 'version', direction: 'descending' }, '1234'],
    [{ sort: 'duration', direction: 'ascending' }, '3124'], [{ sort: 'duration', direction: 'descending' }, '2134'],
    [{ sort: 'by', direction: 'ascending' }, '4312'], [{ sort: 'begun', direction: 'ascending' }, '1234'],
    [{ sort: 'outcome', direction: 'ascending' }, '1324'], [{ sort: 'environment', direction: 'ascending' }, '4321'], [{ sort: 'kind', direction: 'ascending' }, '1423'],
  ] as const)('%j is in the order %s: numbers in words count, and what has no value yet is last', (part, expected) => {
    expect(ids(part)).toBe(expected)
  })

  test('goes into the address and comes back, everything as nothing', () => {
    expect(queryOf(EVERYTHING)).toBe('')
    for (const sort of COLUMNS) {
      const selection: Selection = { environment: 'a & b', kind: 'rollback', outcome: 'failed', text: 'x=1&y #', sort, direction: 'ascending', page: 7 }
      expect(selectionOf(queryOf(selection))).toEqual(selection)
    }
  })

  test.each(['sort=color&direction=sideways&page=-3', 'page=1.5', 'page=9e99x', 'what=ever'])('takes %s from an address as everything', (query) => {
    expect(selectionOf(query)).toEqual(EVERYTHING)
  })

  test('knows whether it leaves anything out', () => {
    expect([isFiltered(EVERYTHING), isFiltered({ ...EVERYTHING, sort: 'by', page: 3 }), isFiltered({ ...EVERYTHING, text: 'a' })]).toEqual([false, false, true])
  })
})

describe('a page of it', () => {
  const many = Array.from({ length: PAGE_SIZE * 2 + 1 }, (_item, index) => index)

  test.each([
    [many, 1, { page: 1, pages: 3, first: 1 }, PAGE_SIZE], [many, 3, { page: 3, pages: 3, first: PAGE_SIZE * 2 + 1 }, 1], [many, 99, { page: 3, pages: 3, first: PAGE_SIZE * 2 + 1 }, 1],
    [[], 5, { page: 1, pages: 1, first: 0 }, 0],
  ])('of %#', (items, wanted, expected, length) => {
    const slice = pageOf(items, wanted)
    expect(slice).toMatchObject(expected)
    expect(slice.items).toHaveLength(length)
  })
})

test('an end without an outcome is neither good nor bad', () => {
  const silent: DeliveryRow = { ...begun, endedAt: 5000 }
  expect([fateOf(silent), reasonWords(silent)]).toEqual(['unknown', 'not recorded'])
  expect([fateOf(begun), reasonWords(begun)]).toEqual(['in-flight', 'on its way'])
})
