import { describe, expect, test } from '@jest/globals'
import { STEPS, ticks, topOf } from '../../../core/page/charts/axis.js'
import { readModel } from '../../../core/page/reading.js'
import { deliveryHash, overviewHash, routeOf } from '../../../core/page/route.js'

describe('the address', () => {
  test.each(['20261121T140500Z-ab', 'a/b?c#d', '%', '../..', 'ünï'])('of the delivery %s leads to it', (id) => {
    expect(routeOf(deliveryHash(id))).toEqual({ name: 'delivery', id })
  })

  test.each([['', ''], ['#', ''], ['#/', ''], ['#/?kind=rollback', 'kind=rollback'], ['#main', ''], ['#/delivery/', ''], ['#/elsewhere/x', '']])('%s is the overview', (hash, query) => {
    expect(routeOf(hash)).toEqual({ name: 'overview', query })
  })

  test('with a broken escape is taken as it is', () => {
    expect(routeOf('#/delivery/%E0%A4%A')).toEqual({ name: 'delivery', id: '%E0%A4%A' })
  })

  test('holds no half of a letter', () => {
    expect(deliveryHash('a\ud800b')).toBe('#/delivery/a%EF%BF%BDb')
  })

  test('of the plain overview is plain', () => {
    expect([overviewHash(''), overviewHash('page=2')]).toEqual(['#/', '#/?page=2'])
  })
})

describe('the model in the page', () => {
  test.each(['', '/*MODEL*/'])('is not there yet: %j', (text) => {
    expect(readModel(text)).toEqual({ fault: expect.stringContaining('no data yet') })
  })

  test('may be cut short', () => {
    expect(readModel('{"v":1,"app":"sh')).toEqual({ fault: expect.stringContaining('broken') })
  })

  test.each(['null', '7', '{"v":2}', '{"v":1,"deliveries":{}}'])('may be of another version: %s', (text) => {
    expect(readModel(text)).toEqual({ fault: expect.stringContaining('another version') })
  })
})

describe('axes', () => {
  test('name their marks as finely as these are apart', () => {
    const noon = Date.UTC(2026, 10, 21, 12) / 1000
    expect(ticks([noon, noon + 86_400], 'Etc/UTC')).toEqual(['21 Nov', '22 Nov'])
    expect(ticks([noon, noon + 300], 'Etc/UTC')).toEqual(['12:00', '12:05'])
    expect(ticks([noon, noon + 5], 'Etc/UTC')).toEqual(['12:00:00', '12:00:05'])
  })

  test('reach over the largest, and never make a mountain of nothing', () => {
    expect(topOf([[null, 0.001], [0]], 0.02)).toBe(0.02)
    expect(topOf([[null, 10]], 0.02)).toBeCloseTo(11)
    expect(topOf([], 4)).toBe(4)
  })

  test('have steps that rise', () => {
    for (const steps of Object.values(STEPS)) expect(steps).toEqual(steps.toSorted((a, b) => a - b))
    expect(STEPS.count[0]).toBe(1)
  })
})
