import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { replay, replaySequence, replayUnit, VectorFormatError, VectorMismatch } from '../../support/replay.js'

interface Vectors {
  readonly sequences: readonly { readonly id: string; readonly description: string }[]
  readonly units: readonly { readonly fn: string; readonly args: readonly unknown[]; readonly result: unknown }[]
}

const text = readFileSync(new URL('../../fixtures/judge_vectors.json', import.meta.url), 'utf8')
const vectors: Vectors = JSON.parse(text)
const TIGHT = { abs: 1e-9, rel: 1e-9 }

describe('reference sequences', () => {
  test.each(vectors.sequences.map((sequence) => [sequence.id, sequence] as const))('%s', (id, sequence) => {
    const { polls, values } = replaySequence(sequence, id, TIGHT)
    expect(polls).toBeGreaterThan(0)
    expect(values).toBeGreaterThan(polls)
  })
})

describe('reference function values', () => {
  test.each(vectors.units.map((unit, i) => [`${i} ${unit.fn}`, unit] as const))('%s', (id, unit) => {
    expect(replayUnit(unit, id, TIGHT)).toBeGreaterThan(0)
  })
})

describe('the replay itself', () => {
  test('counts what it compared', () => {
    const { sequences, units } = replay(JSON.parse(text))
    expect({ sequences, units }).toEqual({ sequences: vectors.sequences.length, units: vectors.units.length })
  })

  test.each([
    ['no object', []],
    ['nothing in it', { format: 1, sequences: [], units: [] }],
    ['another format', { format: 2, sequences: vectors.sequences, units: [] }],
    ['a tolerance that accepts anything', { tolerance: { abs: 1, rel: 0 }, sequences: vectors.sequences, units: [] }],
    ['an unknown function', { sequences: [], units: [{ fn: 'toString', args: [], result: 1 }] }],
    ['a unit without result', { sequences: [], units: [{ fn: 'lgamma', args: [1] }] }],
    ['fewer verdicts than polls', { sequences: [{ ...vectors.sequences[0], expect: [] }], units: [] }],
    ['no polls', { sequences: [{ ...vectors.sequences[0], polls: [], expect: [] }], units: [] }],
    ['a config without checks', { sequences: [{ ...vectors.sequences[0], config: {} }], units: [] }],
  ])('refuses %s', (_, document) => {
    expect(() => replay(document)).toThrow(VectorFormatError)
  })

  test('does not take infinity for a near value', () => {
    expect(() => replayUnit({ fn: 'lgamma', args: [1], result: Infinity }, 'u')).toThrow(VectorMismatch)
    expect(() => replayUnit({ fn: 'logaddexp', args: [null, null], result: 0 }, 'u')).toThrow(VectorMismatch)
    expect(replayUnit({ fn: 'logsumexp', args: [[null, null]], result: null }, 'u')).toBe(1)
  })
})
