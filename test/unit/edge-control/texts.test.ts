import { describe, expect, it } from '@jest/globals'
import { decodeState, decodeWish, encodeState, encodeWish, type EdgeState, type EdgeWish } from '../../../core/domain/edge-control/index.js'
import { latencyBounds } from '../../../core/domain/latency-bounds.js'

const wish: EdgeWish = {
  revision: 71,
  stable: { instance: 'a1', version: 'v1.2.3', servers: [{ host: 'ecluse-shop-a1-web-1', port: 8080 }, { host: 'fe80::1', port: 80 }] },
  candidate: { instance: 'b2', version: 'nächste 100 %\nend 71\nweight 100', servers: [{ host: '', port: 1 }] },
  weight: 25,
  returns: { at: 1_732_000_000_000, inMs: 90_000 },
}

const latency = latencyBounds.map((_, index) => index)
const state: EdgeState = {
  revision: 71, at: 1_732_000_000_123, weight: 2.56, fallen: true, returned: false, returnsAt: 1_732_000_000_000, made: '1f',
  arms: [
    { arm: 'stable', instance: 'a1', version: 'v1.2.3', up: 1, servers: 2, active: 3, requests: 190, errors: 1, latency: [...latency, 7] },
    { arm: 'candidate', instance: 'b 2', version: 'nächste', up: 0, servers: 1, active: 0, requests: 10, errors: 10, latency: [...latency, 0] },
  ],
}

describe('a wish as text', () => {
  const cases: readonly [string, EdgeWish][] = [
    ['everything', wish],
    ['nothing', { revision: 1, weight: 0 }],
    ['one arm', { revision: 2, candidate: wish.stable!, weight: 100 }],
    ['an arm without servers', { revision: 3, stable: { instance: 'a', version: '', servers: [] }, weight: 0 }],
    ['half a letter, which can\'t be written', { revision: 4, stable: { instance: 'a', version: 'x\u{FFFD}y', servers: [] }, weight: 0 }],
  ]
  it.each(cases)('comes back: %s', (_, given) => {
    expect(decodeWish(encodeWish(given))).toEqual(given)
  })

  it('takes half a letter for the sign that stands for one', () => {
    const broken = { ...wish, stable: { ...wish.stable!, version: 'x\uD800y' } }
    expect(decodeWish(encodeWish(broken))?.stable?.version).toBe('x\u{FFFD}y')
  })

  it('is none when it is cut anywhere', () => {
    const text = encodeWish(wish)
    for (let length = 0; length < text.length; length += 1) expect([length, decodeWish(text.slice(0, length))]).toEqual([length, undefined])
  })

  it.each([
    ['another kind', (text: string) => text.replace('ecluse-wish 1', 'ecluse-wish 2')],
    ['the end of another', (text: string) => text.replace('end 71\n', 'end 70\n')],
    ['a weight over 100', (text: string) => text.replace('weight 25', 'weight 101')],
    ['a weight that is no number', (text: string) => text.replace('weight 25', 'weight 0x1')],
    ['no weight', (text: string) => text.replace('weight 25\n', '')],
    ['half an escape', (text: string) => text.replace('n%C3%A4chste', 'n%C3')],
    ['a port that is none', (text: string) => text.replace('8080', '80a')],
    ['no time', (text: string) => text.replace(' 90000', '')],
    ['an arm without a version', (text: string) => text.replace('stable a1 v1.2.3', 'stable a1')],
    ['two in one', (text: string) => text + text],
  ])('is none with %s', (_, spoil) => {
    const spoiled = spoil(encodeWish(wish))
    expect(spoiled).not.toBe(encodeWish(wish))
    expect(decodeWish(spoiled)).toBeUndefined()
  })
})

describe('a state as text', () => {
  it('comes back', () => {
    expect(decodeState(encodeState(state))).toEqual(state)
    const bare: EdgeState = { revision: 0, at: 5, weight: 0, fallen: false, returned: true, arms: [] }
    expect(decodeState(encodeState(bare))).toEqual(bare)
  })

  it('may have lines that a newer keeper adds', () => {
    expect(decodeState(encodeState(state).replace('fallen 1', 'fallen 1\nmood good\ncounters gone 1 2 3'))).toEqual(state)
  })

  it('is none when it is cut anywhere', () => {
    const text = encodeState(state)
    for (let length = 0; length < text.length; length += 1) expect([length, decodeState(text.slice(0, length))]).toEqual([length, undefined])
  })

  it.each([
    ['no counters of an arm', (text: string) => text.replace('counters a1', 'counters a2')],
    ['a bucket too few', (text: string) => text.replace(/(counters a1.*) \d+\n/, '$1\n')],
    ['a bucket that is no number', (text: string) => text.replace('counters a1 190', 'counters a1 -190')],
    ['a weight that is none', (text: string) => text.replace('weight 2.56', 'weight nan')],
    ['a time that is none', (text: string) => text.replace('returns 17', 'returns x17')],
  ])('is none with %s', (_, spoil) => {
    const spoiled = spoil(encodeState(state))
    expect(spoiled).not.toBe(encodeState(state))
    expect(decodeState(spoiled)).toBeUndefined()
  })
})
