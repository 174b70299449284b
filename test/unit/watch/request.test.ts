import { expect, test } from '@jest/globals'
import { watchRequest } from '../../../actions/watch-release/request.js'
import { InputError } from '../../../core/errors/families.js'
import { environmentOf, problemsOf } from '../config/lab.js'
import { FlowLab } from '../../support/flow-lab.js'

const file = (watch: string): string => `app: shop\nenvironments: { production: { platform: { local: {} }, watch: ${watch} } }\n`
const { ambient } = new FlowLab().process()

test('a span alone says the usual: every thirty seconds, and back when it must', async () => {
  expect((await environmentOf({ file: file('60m') })).watch).toEqual({ forMs: 3_600_000, everyMs: 30_000, onFail: 'rollback' })
  expect((await environmentOf({ file: file('{ for: 15m, on-fail: alert, every: 10s }') })).watch).toEqual({ forMs: 900_000, everyMs: 10_000, onFail: 'alert' })
})

test('a short window is looked at often enough to see something', async () => {
  expect((await environmentOf({ file: file('5s') })).watch).toMatchObject({ forMs: 5000, everyMs: 625 })
})

test('what is no span is refused with one that is', async () => {
  expect((await problemsOf({ file: file('soon') })).join()).toContain('Write a duration above zero, such as')
  expect(await problemsOf({ file: file('{ on-fail: alert }') })).toHaveLength(1)
})

test('an environment without a watch is a fault, unless that is allowed', () => {
  const environment = new FlowLab().environment()
  expect(watchRequest({ mode: 'run', optional: true }, environment, ambient)).toBeUndefined()
  expect(() => watchRequest({ mode: 'run', optional: false }, environment, ambient)).toThrow(InputError)
  const watched = { ...environment, watch: { forMs: 1, everyMs: 1, onFail: 'rollback' as const } }
  const { url: _, identity: __, ...nameless } = watched
  expect(watchRequest({ mode: 'look', optional: false, version: 'v1' }, watched, ambient)).toMatchObject({ mode: 'look', version: 'v1', policy: watched.watch })
  expect(() => watchRequest({ mode: 'run', optional: true }, nameless, ambient)).toThrow(/`url`/)
  expect(watchRequest({ mode: 'run', optional: true }, { ...nameless, watch: { ...watched.watch, onFail: 'alert' } }, ambient)).toMatchObject({ url: '' })
})
