import { describe, expect, test } from '@jest/globals'
import { compareRestored, nextKind } from '../../../core/domain/archive.js'
import type { Fingerprint, Receipt } from '../../../core/domain/receipt.js'

const counted: Fingerprint = { schema: 'a', rows: { 'public.t': 3 }, sequences: { 'public.s': '10' }, extensions: {}, largeObjects: 0 }
const names = (changes: Partial<Fingerprint>, exact = true): readonly string[] => compareRestored(counted, { ...counted, ...changes }, { exact }).map(({ kind, name }) => `${kind} ${name}`)

describe('what a restored cluster differs in', () => {
  test.each([
    ['nothing', {}, []],
    ['a row less', { rows: { 'public.t': 2 } }, ['rows public.t']],
    ['a sequence that the server wrote ahead', { sequences: { 'public.s': '42' } }, []],
    ['one that fell behind', { sequences: { 'public.s': '-60' } }, ['sequence public.s']],
    ['one that counts down, written ahead', { sequences: { 'public.s': '-22' } }, []],
    ['one that is gone', { sequences: {} }, ['sequence public.s']],
    ['another schema', { schema: 'b' }, ['schema all of it']],
  ] as const)('%s', (_, changes, expected) => {
    expect(names(changes)).toEqual(expected)
  })

  test('without an exact moment the number of rows says nothing, and a table that is gone says all', () => {
    expect(names({ rows: { 'public.t': 2 }, largeObjects: 4 }, false)).toEqual([])
    expect(names({ rows: {} }, false)).toEqual(['rows public.t'])
    expect(names({ schema: 'b' }, false)).toEqual(['schema all of it'])
  })
})

describe('the next backup', () => {
  const receipt = { kind: 'archive', object: 'F1', store: 'here' } as Receipt
  const kind = (changes: Partial<Parameters<typeof nextKind>[0]>): string => nextKind({ backups: [{ label: 'F1_D', kind: 'differential', endedAt: 900 }, { label: 'F1', kind: 'full', endedAt: 500 }], receipts: [receipt], place: 'here', fullEveryMs: 1000, now: 1400, ...changes })

  test.each([
    ['is built on a young full one that has its receipt', {}, 'differential'],
    ['is full when there is none', { backups: [] }, 'full'],
    ['is full when the last full one is too old', { now: 1500 }, 'full'],
    ['is full when no receipt vouches for the last full one', { receipts: [] }, 'full'],
    ['is full when the receipt is of another archive', { place: 'elsewhere' }, 'full'],
  ] as const)('%s', (_, changes, expected) => {
    expect(kind(changes)).toBe(expected)
  })
})
