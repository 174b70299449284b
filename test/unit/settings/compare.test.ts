import { expect, test } from '@jest/globals'
import { compareSettings } from '../../../actions/setup-environments/diff.js'
import { overviewOf, SHOP } from './lab.js'

const said: string[] = []
const ambient = { log: { info: (line: string) => void said.push(line) } } as unknown as Parameters<typeof compareSettings>[1]

test('the mode `diff` is green with the table, and says what differs', async () => {
  const outcome = compareSettings(await overviewOf(SHOP), ambient)
  expect(outcome).toMatchObject({ ok: true, reason: 'compared', message: '4 settings differ between `staging`, `production`.', outputs: { differences: '4', changed: '0' } })
  expect(outcome.summary.parts.map(({ kind }) => kind)).toEqual(['text', 'text', 'table', 'details'])
  expect(said).toContain('LOGGING_LEVEL')
})

test('nothing to compare is not green', () => {
  expect(compareSettings(undefined, ambient)).toMatchObject({ ok: false, reason: 'no-layers', outputs: { differences: '0' } })
})
