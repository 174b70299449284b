import { describe, expect, test } from '@jest/globals'
import { changedVersions, compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import type { Fingerprint } from '../../../core/domain/receipt.js'
import { fittingClients, type Clients } from '../../../core/drivers/databases/postgres/clients.js'
import { stableExpression } from '../../../core/drivers/databases/postgres/expression.js'
import { abandoned, isScratch, keptName, ownerText, scratchName } from '../../../core/drivers/databases/postgres/ownership.js'
import { identifier, literal } from '../../../core/drivers/databases/postgres/psql.js'

const base: Fingerprint = { schema: 'a'.repeat(64), rows: { 'public.t': 3 }, sequences: { 'public.s': '5' }, extensions: { citext: '1.6' }, largeObjects: 2 }

describe('two fingerprints', () => {
  test('are equal when they are', () => {
    expect(compareFingerprints(base, structuredClone(base))).toEqual([])
  })

  test.each<[string, Partial<Fingerprint>, string]>([
    ['schema', { schema: 'b'.repeat(64) }, 'all of it'],
    ['rows', { rows: { 'public.t': 2 } }, 'public.t'],
    ['rows', { rows: {} }, 'public.t'],
    ['rows', { rows: { 'public.t': 3, 'public.u': 0 } }, 'public.u'],
    ['sequence', { sequences: { 'public.s': '6' } }, 'public.s'],
    ['extension', { extensions: {} }, 'citext'],
    ['large-objects', { largeObjects: 1 }, 'count'],
  ])('differ in %s', (kind, change, name) => {
    expect(compareFingerprints(base, { ...base, ...change })).toEqual([expect.objectContaining({ kind, name })])
  })

  test.each([['5', '9', '7', true], ['5', '9', '9', true], ['5', '9', '10', false], ['5', '9', '4', false], ['5', '1', '3', true], ['1 (unused)', '4', '2', true], ['5', '5', '6', false]])(
    'a sequence that went from %s to %s may come back at %s: %s', (from, to, seen, accepted) => {
      const differences = compareFingerprints({ ...base, sequences: { s: from } }, { ...base, sequences: { s: seen } }, { s: to })
      expect(differences.length === 0).toBe(accepted)
    })

  test('an extension in another version is worth a word only', () => {
    const newer = { ...base, extensions: { citext: '1.7' } }
    expect(compareFingerprints(base, newer)).toEqual([])
    expect(changedVersions(base, newer)).toEqual([{ kind: 'extension', name: 'citext', first: '1.6', second: '1.7' }])
  })

  test('outlines say which object differs', () => {
    expect(compareOutlines({ 'table a': '1', 'table b': '2' }, { 'table a': '1', 'table b': '3' })).toEqual([{ kind: 'schema', name: 'table b', first: '2', second: '3' }])
  })
})

test.each([
  ["CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))", "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))"],
  ["'x'::numeric(10,2)", "'x'"],
  ["now()::timestamp(3) without time zone", 'now()'],
  ["'a'::\"My Schema\".\"My type\"[]", "'a'"],
  ["'1'::double precision + 2", "'1' + 2"],
])('%s reads in and out as %s', (before, after) => {
  expect(stableExpression(before)).toBe(stableExpression(after))
})

describe('scratch databases', () => {
  const run = { id: 'Run/17 ü', attempt: 1, actor: '', workflow: '', job: '', url: '', host: 'here', pid: 7, started: 's' }
  const now = Date.UTC(2026, 10, 21)
  const name = scratchName(run.id, now, 'deadbeef')
  const comment = ownerText(run, now)
  const dead = (): boolean => false
  const living = (): boolean => true

  test('have a name that says whose they are and fits', () => {
    expect(name).toMatch(/^ecluse_scratch_run_17__[0-9a-z]{8}deadbeef$/)
    expect(scratchName('r'.repeat(200), now, 'deadbeef')).toHaveLength(63)
    expect(isScratch(name)).toBe(true)
  })

  test.each<[string, string, string, number, () => boolean, boolean]>([
    ['its maker lives', comment, 'here', now + 1000, living, false],
    ['its maker is dead', comment, 'here', now + 1000, dead, true],
    ['its maker is on another machine', comment, 'there', now + 1000, dead, false],
    ['it is older than a day', comment, 'there', now + 25 * 3_600_000, living, true],
    ['its maker lives and has been at it for more than a day', comment, 'here', now + 25 * 3_600_000, living, false],
    ['it has no comment yet', '', 'here', now + 1000, dead, false],
    ['it never got a comment', '', 'there', now + 11 * 60_000, living, true],
    ['its comment is not ours', '{"run": 1}', 'here', now + 1000, dead, false],
  ])('%s', (_, text, host, at, alive, gone) => {
    expect(abandoned({ name, comment: text }, { host, now: at }, alive)).toBe(gone)
  })

  test('a replaced database keeps a name of at most 63 bytes', () => {
    expect(keptName('shop', now)).toBe('shop_before_20261121t000000z')
    expect(Buffer.byteLength(keptName('ü'.repeat(40), now))).toBeLessThanOrEqual(63)
    expect(keptName('shop', now, ['shop', 'shop_before_20261121t000000z', 'shop_before_20261121t000001z'])).toBe('shop_before_20261121t000002z')
  })
})

test('clients: the same major first, then the next newer, never an older one', () => {
  const of = (major: number): Clients => ({ psql: '', pgDump: '', pgRestore: '', version: `${major}.1`, major })
  expect(fittingClients([of(17), of(15), of(16)], 15)?.major).toBe(15)
  expect(fittingClients([of(17), of(16)], 15)?.major).toBe(16)
  expect(fittingClients([of(14)], 15)).toBeUndefined()
})

test('names and texts are quoted', () => {
  expect(identifier('a"b')).toBe('"a""b"')
  expect(literal("it's")).toBe("'it''s'")
  expect(literal('back\\slash')).toBe(" E'back\\\\slash'")
})
