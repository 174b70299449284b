import { expect, test } from '@jest/globals'
import { dimensionOf, parseTagged, regionIn, tagValue } from '../../../core/domain/cloud-metrics.js'
import { complaintsFound } from '../../../core/domain/complaints.js'

test.each([
  ['arn:aws:elasticloadbalancing:eu-west-3:123456789012:loadbalancer/app/shop/50dc6c495c0c9188', 'app/shop/50dc6c495c0c9188', 'eu-west-3'],
  ['arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:targetgroup/shop/73e2d6bc24d8a067', 'targetgroup/shop/73e2d6bc24d8a067', 'us-gov-west-1'],
  ['targetgroup/shop/73e2d6bc24d8a067', 'targetgroup/shop/73e2d6bc24d8a067', undefined],
])('%s is the dimension %s', (name, dimension, region) => {
  expect([dimensionOf(name), regionIn(name)]).toEqual([dimension, region])
})

test.each([
  ['trace.http.request.hits', undefined, { metric: 'trace.http.request.hits', tags: [] }],
  ['nginx.requests{env:prod, !status_class:1xx}', undefined, { metric: 'nginx.requests', tags: ['env:prod', '!status_class:1xx'] }],
  ['{status_class:5xx}', 'nginx.requests', { metric: 'nginx.requests', tags: ['status_class:5xx'] }],
  ['{status_class:5xx}', undefined, undefined],
  ['{}', 'x', undefined],
  ['sum:nginx.requests{*}', undefined, undefined],
  ['nginx.requests{*}', undefined, undefined],
  ['nginx.requests{env:prod} by {host}', undefined, undefined],
  ['a,b', undefined, undefined],
])('the metric %s, known %s', (written, known, found) => {
  expect(parseTagged(written, known)).toEqual(found)
})

test.each([['v1.2.3', 'v1.2.3'], ['1.2.3+Build.7', '1.2.3_build.7'], ['RELEASE 4', 'release_4'], ['é-1', 'é-1'], ['x'.repeat(300), 'x'.repeat(200)]])('the tag %s is kept as %s', (value, kept) => {
  expect(tagValue(value)).toBe(kept)
})

test('as many as are borne are calm, and one more is not', () => {
  expect([complaintsFound(5, 5, '5 issues').kind, complaintsFound(6, 5, '6 issues').kind]).toEqual(['calm', 'fired'])
  expect(complaintsFound(1, 1, '1 issue')).toEqual({ kind: 'calm', detail: '1 issue; 1 is borne' })
})
