import { describe, expect, it } from '@jest/globals'
import { holderOf, usurperOf, type Claim } from '../../../core/drivers/ledger/github/claims.js'
import { aRun } from '../../contract/ledger/surroundings.js'

const claim = (id: number, preempt = false): Claim => ({ id, preempt, nonce: `n${id}`, run: aRun(String(id), 'x', id), lasts: 1, until: 1 })
const all = (): boolean => true

describe('of several claims', () => {
  it('the lowest that lives holds', () => {
    expect(holderOf([claim(3), claim(1), claim(2)], all)?.id).toBe(1)
    expect(holderOf([claim(3), claim(1), claim(2)], ({ id }) => id !== 1)?.id).toBe(2)
    expect(holderOf([], all)).toBeUndefined()
    expect(holderOf([claim(1)], () => false)).toBeUndefined()
  })

  it('one that preempts ends the lower ones, also when it is dead itself', () => {
    expect(holderOf([claim(1), claim(2, true), claim(3)], all)?.id).toBe(2)
    expect(holderOf([claim(1), claim(2, true), claim(3)], ({ id }) => id !== 2)?.id).toBe(3)
    expect(holderOf([claim(1), claim(2, true)], ({ id }) => id !== 2)).toBeUndefined()
    expect(holderOf([claim(1), claim(2, true), claim(3, true)], all)?.id).toBe(3)
  })

  it('every reader who sees the same claims agrees, in whatever order they are', () => {
    const claims = [claim(4), claim(2, true), claim(9), claim(1), claim(7, true)]
    const expected = holderOf(claims, all)
    for (const order of [claims.toReversed(), claims.toSorted((a, b) => a.id - b.id)]) expect(holderOf(order, all)).toEqual(expected)
  })

  it('a holder loses to a newer one that preempts, and to a lower one that comes to be seen late', () => {
    const own = claim(5)
    expect(usurperOf([claim(6)], own, all)).toBeUndefined()
    expect(usurperOf([claim(6, true)], own, all)?.id).toBe(6)
    expect(usurperOf([claim(4)], own, all)?.id).toBe(4)
    expect(usurperOf([claim(4)], own, () => false)).toBeUndefined()
    expect(usurperOf([claim(4)], claim(5, true), all)).toBeUndefined()
    expect(usurperOf([{ ...claim(4), nonce: own.nonce }], own, all)).toBeUndefined()
  })
})
