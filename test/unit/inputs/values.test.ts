import { expect, test } from '@jest/globals'
import { BadValue, type Field } from '../../../core/inputs/fields.js'
import { byteSize, duration, flag, httpHeaders, imageRef, keyValues, oneOf, platforms, text, time, url, weights, wholeNumber } from '../../../core/inputs/values.js'

const digest = `sha256:${'0a'.repeat(32)}`
const bad = Symbol('bad')

interface Case {
  readonly what: string
  readonly field: Field<unknown>
  readonly good: readonly (readonly [string, unknown])[]
  readonly bad: readonly string[]
}

const cases: readonly Case[] = [
  { what: 'text', field: text(), good: [['a', 'a'], ['$(rm -rf /)', '$(rm -rf /)'], ['::set-output name=x::y', '::set-output name=x::y']], bad: [] },
  { what: 'flag', field: flag(), good: [['true', true], ['True', true], ['TRUE', true], ['false', false], ['False', false], ['FALSE', false]], bad: ['yes', 'no', 'on', '1', '0', 'tRuE', 'true false', 'true\nfalse'] },
  { what: 'whole number', field: wholeNumber(1, 100), good: [['1', 1], ['100', 100], ['007', 7]], bad: ['0', '101', '-1', '+1', '1.0', '1e1', '0x10', '1 ', 'abc', '12abc', '١', 'NaN', 'Infinity', '99999999999999999999', '1,0'] },
  { what: 'weights', field: weights(), good: [['5,25,50,100', [5, 25, 50, 100]], ['[5, 25, 100]', [5, 25, 100]], ['5%, 100 %', [5, 100]], ['100', [100]]], bad: ['5,25', '25,5,100', '5,5,100', '0,100', '5,101', '5.5,100', '5;100', ',100', '100,', '-5,100', '5,,100'] },
  { what: 'duration', field: duration(), good: [['500ms', 500], ['90s', 90_000], ['1h30m', 5_400_000], ['1.5m', 90_000], ['1d', 86_400_000]], bad: ['0s', '5', 's', '5 s', '-5s', '5S', '5min', '1e3s', '5s5', '5s x', '.5s'] },
  { what: 'image', field: imageRef(), good: [[`shop@${digest}`, `shop@${digest}`], [`ghcr.io/a/shop@${digest}`, `ghcr.io/a/shop@${digest}`]], bad: ['shop', 'shop:latest', 'shop:1.2', `shop@sha256:abc`, `shop@${digest}0`, `shop@${digest.toUpperCase()}`, `@${digest}`, `shop@${digest}\nx`] },
  { what: 'choice', field: oneOf(['warn', 'fail']), good: [['warn', 'warn']], bad: ['Warn', 'warn,fail', 'toString', '__proto__'] },
  { what: 'key-values', field: keyValues(), good: [['A=1\n\n# no\nB=x=y', { A: '1', B: 'x=y' }], ['A=', { A: '' }], ['org.label=1', { 'org.label': '1' }], ['A=1\r\nB=2', { A: '1', B: '2' }]], bad: ['A', '=1', '1A=2', 'A B=1', 'A=1\nA=2'] },
  { what: 'headers', field: httpHeaders(), good: [['accept: text/html\nx-a:b', { accept: 'text/html', 'x-a': 'b' }], ['x-empty:', { 'x-empty': '' }]], bad: ['accept', 'a b: c', ': c', 'x: a\u0000b', 'x: ☃'] },
  { what: 'address', field: url(), good: [['https://shop.example', 'https://shop.example'], ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x']], bad: ['shop.example', 'ftp://x', 'file:///etc/passwd', 'javascript:alert(1)', 'https://', 'https://user:pw@shop.example', 'https://user@shop.example'] },
  { what: 'time', field: time(), good: [['2026-11-21T14:05:00Z', Date.UTC(2026, 10, 21, 14, 5)], ['2026-11-21T14:05+02:00', Date.UTC(2026, 10, 21, 12, 5)], ['1795269900000', 1_795_269_900_000], ['2028-02-29T00:00Z', Date.UTC(2028, 1, 29)]], bad: ['2026-11-21', 'now', '2026-02-30T00:00Z', '2026-13-01T00:00Z', '2026-11-21T25:00Z', '2026-11-21T14:05:00', '-1', '1e12'] },
  { what: 'size', field: byteSize(), good: [['300MB', 300e6], ['1.5GiB', 1_610_612_736], ['10 KB', 10_000], ['7B', 7]], bad: ['300', '0MB', '300mb', '300 M', '-1MB', 'MB', '1e3MB'] },
  { what: 'platforms', field: platforms(), good: [['linux/amd64', ['linux/amd64']], ['linux/amd64, linux/arm64', ['linux/amd64', 'linux/arm64']], ['[linux/arm/v7]', ['linux/arm/v7']]], bad: ['linux', 'linux/amd64,linux/amd64', 'linux/', 'Linux/amd64', 'linux/amd64,'] },
]

const read = (field: Field<unknown>, raw: string): unknown => {
  try {
    return field.parse(raw)
  } catch (thrown) {
    if (thrown instanceof BadValue) return bad
    throw thrown
  }
}

test.each(cases)('$what: takes what it names, whole', ({ field, good }) => {
  for (const [raw, value] of good) expect({ raw, value: read(field, raw) }).toEqual({ raw, value })
})

test.each(cases)('$what: refuses anything else', ({ field, bad: values }) => {
  for (const raw of values) expect({ raw, value: read(field, raw) }).toEqual({ raw, value: bad })
})

test('a name that objects have for something else is a name', () => {
  expect(Object.entries(keyValues().parse('__proto__=1\nconstructor=2'))).toEqual([['__proto__', '1'], ['constructor', '2']])
})
