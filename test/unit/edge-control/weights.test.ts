import { describe, expect, it } from '@jest/globals'
import { serverWeights } from '../../../core/domain/edge-control/index.js'

describe('the weights of servers', () => {
  it('give the candidate exactly its share, or say that they can\'t', () => {
    let impossible = 0
    for (let weight = 1; weight < 100; weight += 1) {
      for (const stable of [1, 2, 3, 4, 7, 16]) {
        for (const candidate of [1, 2, 3, 4, 7, 16]) {
          const found = serverWeights(weight, { stable, candidate })
          if ('impossible' in found) {
            impossible += 1
            continue
          }
          const share = (100 * found.candidate * candidate) / (found.candidate * candidate + found.stable * stable)
          expect([weight, stable, candidate, share]).toEqual([weight, stable, candidate, weight])
          expect(Math.max(found.stable, found.candidate)).toBeLessThanOrEqual(256)
          expect(Math.min(found.stable, found.candidate)).toBeGreaterThan(0)
          expect([found.stable, found.candidate].every(Number.isInteger)).toBe(true)
        }
      }
    }
    expect(impossible).toBeGreaterThan(0)
  })

  it.each([
    [5, 1, 1, { stable: 19, candidate: 1 }],
    [5, 3, 2, { stable: 38, candidate: 3 }],
    [50, 4, 4, { stable: 1, candidate: 1 }],
    [1, 1, 1, { stable: 99, candidate: 1 }],
    [0, 3, 2, { stable: 1, candidate: 0 }],
    [100, 3, 2, { stable: 0, candidate: 1 }],
    [5, 0, 2, { stable: 0, candidate: 1 }],
    [5, 3, 0, { stable: 1, candidate: 0 }],
  ])('at %i %% of %i and %i replicas', (weight, stable, candidate, expected) => {
    expect(serverWeights(weight, { stable, candidate })).toEqual(expected)
  })

  it('every whole percent is possible with two replicas each', () => {
    for (let weight = 0; weight <= 100; weight += 1) expect(serverWeights(weight, { stable: 2, candidate: 2 })).not.toHaveProperty('impossible')
  })

  it('are never approximated', () => {
    expect(serverWeights(1, { stable: 1, candidate: 4 })).toEqual({
      impossible: '1 stable and 4 candidate replicas can\'t be weighted so that 1 % of requests reach the candidate: one would weigh more than 256',
    })
    expect(serverWeights(2.5, { stable: 1, candidate: 1 })).toHaveProperty('impossible')
  })
})
