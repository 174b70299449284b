import { expect, test } from '@jest/globals'
import { parseTraceparent, traceparent } from '../../../core/domain/traceparent.js'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = '00f067aa0ba902b7'

test.each([
  [`00-${trace}-${span}-01`, { trace, span, sampled: true }],
  [`00-${trace}-${span}-00`, { trace, span, sampled: false }],
  [` 00-${trace}-${span}-03\n`, { trace, span, sampled: true }],
  // A version to come: what this one knows of it holds.
  [`cc-${trace}-${span}-01-what-the-future-will-be-like`, { trace, span, sampled: true }],
  [`cc-${trace}-${span}-01.what`, undefined],
  [`00-${trace}-${span}-01-more`, undefined],
  [`ff-${trace}-${span}-01`, undefined],
  [`00-${'0'.repeat(32)}-${span}-01`, undefined],
  [`00-${trace}-${'0'.repeat(16)}-01`, undefined],
  [`00-${trace.toUpperCase()}-${span}-01`, undefined],
  [`00-${trace.slice(1)}-${span}-01`, undefined],
  [`00-${trace}-${span}`, undefined],
  ['', undefined],
])('%j', (text, place) => {
  expect(parseTraceparent(text)).toEqual(place)
  if (place !== undefined) expect(parseTraceparent(traceparent(place))).toEqual(place)
})
