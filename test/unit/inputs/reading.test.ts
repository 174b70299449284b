import { expect, test } from '@jest/globals'
import { InputError, type Problem } from '../../../core/errors/families.js'
import { readInputs, required, type Fields } from '../../../core/inputs/fields.js'
import { duration, flag, httpHeaders, imageRef, keyValues, oneOf, secret, text, url, wholeNumber } from '../../../core/inputs/values.js'

const problemsOf = (fields: Fields, raw: Readonly<Record<string, string>>): readonly Problem[] => {
  try {
    readInputs(fields, raw)
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems
    throw thrown
  }
  return []
}
const said = (fields: Fields, raw: Readonly<Record<string, string>>): readonly string[] => problemsOf(fields, raw).map(({ message, fix }) => `${message} ${fix}`)

test('what is given is typed; what is empty is absent', () => {
  const fields = { step: required(wholeNumber(1, 100)), note: text(), dry: required(flag()) }
  expect(readInputs(fields, { step: ' 5 ', note: '  ', dry: 'false' })).toEqual({ step: 5, note: undefined, dry: false })
})

test('every problem is said at once, with what was found and what to set', () => {
  const fields = { step: required(wholeNumber(1, 100)), wait: duration(), mode: oneOf(['warn', 'fail', 'stop']), name: required(text()) }
  expect(said(fields, { step: 'abc', wait: '5', mode: 'Warn' })).toEqual([
    'Input `step` is "abc". Set it to a whole number from 1 to 100.',
    'Input `wait` is "5". Set it to a duration, such as `500ms`, `90s`, `15m` or `1h30m`.',
    'Input `mode` is "Warn". Set it to `warn`, `fail` or `stop`.',
    'Input `name` is not given. Give `name`.',
  ])
})

test('each bad line of a list is said with its number', () => {
  expect(said({ args: keyValues() }, { args: 'A=1\nB\n\n2=3' })).toEqual([
    'Input `args` is "B" (line 2). Set it to `NAME=value`, one a line.',
    'Input `args` is "2=3" (line 4). Set it to `NAME=value`, one a line.',
  ])
})

test('a tag has a code of its own, because it is a decision and no slip', () => {
  expect(problemsOf({ image: required(imageRef()) }, { image: 'shop:latest' }).map(({ code }) => code)).toEqual(['image-not-pinned'])
})

test('no secret is in a message', () => {
  const planted = 'hunter2-hunter2'
  const broken = { ...secret(), parse: httpHeaders().parse }
  const shown = said({ token: broken, headers: httpHeaders(), url: url() }, { token: planted, headers: `authorization ${planted}`, url: `https://me:${planted}@shop.example/` })
  expect(shown).toHaveLength(3)
  expect(shown.join('\n')).not.toContain(planted)
})

test('a long value is cut', () => {
  expect(problemsOf({ step: wholeNumber(1, 9) }, { step: 'x'.repeat(5000) })[0]?.message.length).toBeLessThan(120)
})

test('a fault that is none of the value is not swallowed', () => {
  const broken = { parse: () => { throw new TypeError('bug') } }
  expect(() => readInputs({ broken }, { broken: 'x' })).toThrow(TypeError)
})
