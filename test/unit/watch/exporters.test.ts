import { expect, test } from '@jest/globals'
import { boundText, exporters, oneOfValues, parseSelector, selectorText } from '../../../core/domain/exporters.js'

test.each([
  ['http_requests_total', undefined, { metric: 'http_requests_total', matchers: [] }],
  [' a:b_total { job = "shop", status=~"5.." } ', undefined, { metric: 'a:b_total', matchers: ['job = "shop"', 'status=~"5.."'] }],
  ['{status!~"2..|3.."}', 'known_total', { metric: 'known_total', matchers: ['status!~"2..|3.."'] }],
  ['x{path="/a,b}\\"c"}', undefined, { metric: 'x', matchers: ['path="/a,b}\\"c"'] }],
  ['{status="5"}', undefined, undefined],
  ['sum(rate(x[5m]))', undefined, undefined],
  ['x{status=5}', undefined, undefined],
  ['x} or vector(1', undefined, undefined],
  ['', 'known', undefined],
])('%s is read', (written, known, expected) => {
  expect(parseSelector(written, known)).toEqual(expected)
})

test('what is written is asked for, with the arms', () => {
  expect(selectorText(exporters.istio.errors, [oneOfValues('destination_version', ['1.4.0', 'a"b(c)'])]))
    .toBe('istio_requests_total{reporter="destination",response_code=~"5..",destination_version=~"1\\\\.4\\\\.0|a\\"b\\\\(c\\\\)"}')
})

test('a threshold is a bound in the histogram\'s own unit', () => {
  expect(boundText(300, { unit: 's' })).toEqual(['0.3'])
  expect(boundText(1000, { unit: 's' })).toEqual(['1', '1.0'])
  expect(boundText(250, { unit: 'ms' })).toEqual(['250', '250.0'])
})
