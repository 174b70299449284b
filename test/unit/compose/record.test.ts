import { describe, expect, test } from '@jest/globals'
import { emptyRecord, needless, readRecord, restorable, withFailure, withInstance, withoutInstances, writtenRecord, type Instance } from '../../../core/drivers/platforms/compose/host/record.js'
import { releaseOf } from '../../support/images.js'

const launched = (id: string, version: string, servedAt?: number): Instance => ({
  id, release: releaseOf('shop', version, `registry.example/shop@sha256:${version.padEnd(64, '0')}`), project: `p-${id}`, document: '{}', containers: [`${id}-web-1`], port: 8080,
  ...(servedAt === undefined ? {} : { servedAt }),
})
const ids = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id)

describe('what a host keeps', () => {
  const record = { ...emptyRecord, instances: [launched('a', 'v1', 1), launched('b', 'v2', 2), launched('c', 'v1', 3), launched('d', 'v3', 4), launched('e', 'v4')] }

  test('can come back: newest first, each release once, not what is in use, not what never served', () => {
    expect(ids(restorable(record, new Set(['d'])))).toEqual(['c', 'b'])
    expect(ids(restorable(record, new Set(['c'])))).toEqual(['d', 'b'])
    expect(ids(restorable(record, new Set()))).toEqual(['d', 'c', 'b'])
  })

  test('is needless beyond what is kept, and never what is in use', () => {
    expect(ids(needless(record, new Set(['d']), 1))).toEqual(['a', 'b', 'e'])
    expect(ids(needless(record, new Set(['d', 'e']), 5))).toEqual(['a'])
    expect(ids(needless(record, new Set(['a', 'b', 'c', 'd', 'e']), 1))).toEqual([])
  })

  test('comes back from its text as it was', () => {
    const whole = withFailure({ ...record, promoted: 'd' }, { at: 5, version: 'v9', reason: 'it "stopped"', lines: ['ä', ''] })
    expect(readRecord(writtenRecord(whole), 'record.json')).toEqual(whole)
  })

  test.each(['', '[]', '{"instances":[]}', '{"instances":[{"id":1}],"failures":[]}'])('is not guessed from %j', (text) => {
    expect(() => readRecord(text, 'record.json')).toThrow(TypeError)
  })

  test('an instance takes the place of its former self; the last failures are kept', () => {
    expect(withInstance(record, launched('b', 'v9')).instances.filter(({ id }) => id === 'b').map(({ release }) => release.version)).toEqual(['v9'])
    expect(ids(withoutInstances(record, new Set(['a', 'e'])).instances)).toEqual(['b', 'c', 'd'])
    const many = Array.from({ length: 9 }, (_, at) => at).reduce((kept, at) => withFailure(kept, { at, version: 'v', reason: '', lines: [] }), emptyRecord)
    expect(many.failures.map(({ at }) => at)).toEqual([4, 5, 6, 7, 8])
  })
})
