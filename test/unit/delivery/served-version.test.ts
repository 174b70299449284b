import { expect, test } from '@jest/globals'
import { servedVersion, type Answer, type IdentityRule } from '../../../core/domain/identity.js'

const header: IdentityRule = { kind: 'header', path: '/', header: 'X-Release' }
const json: IdentityRule = { kind: 'json', path: '/health', pointer: 'build.version' }
const answer = (change: Partial<Answer>): Answer => ({ status: 200, headers: {}, body: '', elapsedMs: 1, ...change })

test.each<[string, IdentityRule, Partial<Answer>, object]>([
  ['a header', header, { headers: { 'x-release': '1.2' } }, { version: '1.2' }],
  ['a JSON field', json, { body: '{"build":{"version":"1.2"}}' }, { version: '1.2' }],
  ['a number', json, { body: '{"build":{"version":7}}' }, { version: '7' }],
  ['an answer of a page that is not there, as `/` may be', header, { status: 404, headers: { 'x-release': '1.2' } }, { version: '1.2' }],
  ['a fault, whatever name it carries', header, { status: 500, headers: { 'x-release': '1.2' } }, { missing: 'the answer is a fault (status 500)' }],
  ['no such header', header, {}, { missing: 'no header `X-Release` in the answer (status 200)' }],
  ['no such field', json, { body: '{"build":{}}' }, { missing: 'no `build.version` in the JSON body' }],
  ['an inherited name', { ...json, pointer: 'constructor' }, { body: '{}' }, { missing: 'no `constructor` in the JSON body' }],
  ['something else than a name', json, { body: '{"build":{"version":["1.2"]}}' }, { missing: '`build.version` is not a text or a number' }],
  ['no JSON', json, { body: '<html>' }, { missing: 'the body is not JSON: "<html>"' }],
])('%s', (_, rule, given, expected) => {
  expect(servedVersion(rule, answer(given))).toEqual(expected)
})
