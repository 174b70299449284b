import { expect, test } from '@jest/globals'
import type { Expectations } from '../../../core/domain/check.js'
import { checks, parseCheckLine } from '../../../core/inputs/checks.js'
import { BadValue, type Detail } from '../../../core/inputs/fields.js'

const none: Expectations = { status: [], contains: [], json: {}, header: {}, health: false }

test.each<[string, string, string, Partial<Expectations>]>([
  ['GET /health json.status=ok within 500ms', 'GET', '/health', { json: { status: 'ok' }, withinMs: 500 }],
  ['GET / 200 contains "Our Shop"', 'GET', '/', { status: [200], contains: ['Our Shop'] }],
  ['GET / 200,204 contains a contains b', 'GET', '/', { status: [200, 204], contains: ['a', 'b'] }],
  ['HEAD https://shop.example header.X-Release=1.2 tls 14d', 'HEAD', 'https://shop.example', { header: { 'x-release': '1.2' }, tlsDays: 14 }],
  ['GET /health health', 'GET', '/health', { health: true }],
  ['GET /x json.a.0.b="two words" header.server=*', 'GET', '/x', { json: { 'a.0.b': 'two words' }, header: { server: '*' } }],
  ['GET /x json.url=a=b', 'GET', '/x', { json: { url: 'a=b' } }],
  ['  DELETE   /x   404  ', 'DELETE', '/x', { status: [404] }],
])('%s', (line, method, path, expected) => {
  expect(parseCheckLine(line)).toEqual({ check: { name: line.trim().replaceAll(/\s+/g, ' ').replaceAll('"', ''), method, path, headers: {}, expect: { ...none, ...expected } } })
})

test('a path into the body may have any name', () => {
  const parsed = parseCheckLine('GET / json.__proto__=1')
  expect('check' in parsed ? Object.entries(parsed.check.expect.json) : parsed).toEqual([['__proto__', '1']])
})

test.each<[string, number, string]>([
  ['get /', 1, 'begins with GET'],
  ['FETCH /', 1, 'begins with GET'],
  ['GET', 3, 'a path'],
  ['GET health', 5, 'a path'],
  ['GET ftp://x', 5, 'a path'],
  ['GET / contains', 7, 'a text after `contains`'],
  ['GET / contains "open', 16, 'quotes closed'],
  ['GET / within', 7, 'a duration'],
  ['GET / within 5', 7, 'a duration'],
  ['GET / within 0s', 7, 'a duration'],
  ['GET / tls 14', 7, 'days'],
  ['GET / 99', 7, 'any of these'],
  ['GET / 600', 7, 'any of these'],
  ['GET / 200 banana', 11, 'any of these'],
  ['GET / json.=x', 7, 'any of these'],
  ['GET / json.a=1 json.a=2', 16, 'once'],
  ['GET / ☃ 200', 7, 'any of these'],
])('refuses %s at column %i', (line, column, expected) => {
  const parsed = parseCheckLine(line)
  expect(parsed).toMatchObject({ column, expected: expect.stringContaining(expected) })
})

const detailsOf = (parse: () => unknown): readonly Detail[] => {
  try {
    parse()
  } catch (thrown) {
    if (thrown instanceof BadValue) return thrown.details
    throw thrown
  }
  return []
}

test('all bad lines are named at once, with line and column', () => {
  const details = detailsOf(() => checks().parse('GET /\n\n# a remark\nPUSH /\nGET / tls x'))
  expect(details.map(({ at, found }) => [at, found])).toEqual([['line 4, column 1', 'PUSH'], ['line 5, column 7', 'tls']])
})

test('remarks alone are no checks', () => {
  expect(() => checks().parse('# nothing\n')).toThrow(BadValue)
})
