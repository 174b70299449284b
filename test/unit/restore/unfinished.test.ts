import { expect, test } from '@jest/globals'
import { fact } from '../../../core/domain/history-decode.js'
import type { Fact } from '../../../core/domain/history.js'
import { unfinishedRestore } from '../../../core/domain/unfinished-restore.js'

const begun = (database: string, at: number): Fact => ({ type: 'restoring', at, receipt: 'r', database, run: '1' })
const ended = (database: string, at: number, kept = ''): Fact => ({ type: 'restored', at, receipt: 'r', database, kept, ok: true, reason: 'replaced', detail: '', tookMs: 1, lostMs: 1 })

test.each<[string, readonly Fact[], number | undefined]>([
  ['nothing was begun', [ended('shop_restored', 1)], undefined],
  ['it was ended', [begun('shop', 1), ended('shop', 2, 'shop_before')], undefined],
  ['it failed, with nothing replaced', [begun('shop', 1), ended('', 2)], undefined],
  ['only a copy was made since', [begun('shop', 1), ended('shop_restored', 2)], 1],
  ['a later one was ended', [begun('shop', 1), begun('shop', 2), ended('shop', 3, 'shop_before')], undefined],
  ['it is of another database', [begun('blog', 1)], undefined],
])('%s', (_, facts, at) => {
  expect(unfinishedRestore({ facts }, 'shop')?.at).toBe(at)
})

test('records of older versions are read, and newer ones keep what they tell', () => {
  const facts: readonly Fact[] = [begun('shop', 1), { ...begun('shop', 1), kept: 'shop_before' } as Fact, ended('shop', 2), { ...ended('shop', 2), schema: 'r1' } as Fact]
  expect(facts.map((one) => fact(JSON.parse(JSON.stringify(one)), 'fact'))).toEqual(facts)
})
