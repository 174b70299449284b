import { describe, expect, test } from '@jest/globals'
import { firstLines, fullName, testTotals, type TestCase } from '../../../core/domain/quality/tests.js'
import { contentOf } from './lab.js'

const states = (tests: readonly TestCase[]): readonly string[] => tests.map(({ name, state, flaky }) => `${name}: ${flaky ? 'flaky ' : ''}${state}`)

interface Dialect {
  readonly file: string
  readonly totals: readonly [total: number, passed: number, failed: number, skipped: number, flaky: number]
  readonly states: readonly string[]
}

const dialects: readonly (readonly [string, Dialect])[] = [
  ['Surefire, with reruns', { file: 'surefire.xml', totals: [6, 3, 2, 1, 1], states: ['addsItems: passed', 'countsTwice: failed', 'opensDatabase: error', 'paysByCard: skipped', 'sendsMail: flaky passed', 'emptiesCart: passed'] }],
  ['jest-junit, with a file that could not be loaded', { file: 'jest.xml', totals: [4, 1, 2, 1, 0], states: ['cart adds: passed', 'cart counts: failed', 'cart pays: skipped', 'undefined: error'] }],
  ['pytest', { file: 'pytest.xml', totals: [6, 2, 2, 2, 0], states: ['test_adds: passed', 'test_counts[2-3]: failed', 'test_later: skipped', 'test_windows: skipped', 'test_opens: error', 'test_closes: passed'] }],
  ['gotestsum, every try a case', { file: 'gotestsum.xml', totals: [5, 2, 2, 1, 0], states: ['TestCounts: failed', 'TestCounts: passed', 'TestAdds/two: passed', 'TestSlow: skipped', 'TestMain: failed'] }],
  ['suites in suites, states as words', { file: 'nested.xml', totals: [3, 2, 0, 1, 0], states: ['three: passed', 'one: passed', 'two: skipped'] }],
  ['no suite at all', { file: 'empty.xml', totals: [0, 0, 0, 0, 0], states: [] }],
  ['Latin-1, as it says itself', { file: 'latin1.xml', totals: [1, 1, 0, 0, 0], states: ['a: passed'] }],
  ['UTF-16, by its mark', { file: 'utf16.xml', totals: [1, 1, 0, 0, 0], states: ['a: passed'] }],
]

describe('a JUnit report of', () => {
  test.each(dialects)('%s', async (_, wanted) => {
    const { tests } = await contentOf('junit', `junit/${wanted.file}`)
    const { total, passed, failed, skipped, flaky } = testTotals(tests)
    expect([total, passed, failed, skipped, flaky]).toEqual(wanted.totals)
    expect(states(tests)).toEqual(wanted.states)
  })
})

test('a word is what its bytes meant', async () => {
  for (const file of ['latin1.xml', 'utf16.xml']) expect((await contentOf('junit', `junit/${file}`)).tests[0]?.suite).toBe('café')
})

test('what failed is said with its place, its time and its own words', async () => {
  const [surefire, pytest, jest] = await Promise.all(['surefire.xml', 'pytest.xml', 'jest.xml'].map(async (file) => (await contentOf('junit', `junit/${file}`)).tests))
  expect(surefire![1]).toMatchObject({ suite: 'com.shop.CartTest', seconds: 1203.1, text: expect.stringMatching(/^org\.opentest4j.*expected: <2> but was: <3>\n\tat com/) })
  expect(pytest![1]).toMatchObject({ file: 'tests/test_cart.py', line: 11, text: expect.stringContaining('assert 3 == 2\n +  where 3 = count()\ndef test_counts():\n>       assert') })
  expect(pytest![4]?.text).toContain('failed on setup with "OSError: no server"')
  expect(jest![3]).toMatchObject({ file: 'src/mail.test.ts', text: 'The suite counts 1 failure or error that no test case names.\nSyntaxError: src/mail.test.ts: Unexpected token (3:7)' })
})

test('the last try counts only where somebody says that tries are cases', async () => {
  const { tests } = await contentOf('junit', 'junit/gotestsum.xml', { reruns: true })
  expect(states(tests)).toEqual(['TestCounts: flaky passed', 'TestAdds/two: passed', 'TestSlow: skipped', 'TestMain: failed'])
})

test('the first lines are those that say something, and no longer than people read', () => {
  expect(firstLines('=== RUN   TestX\n\n    a.go:1: no\n--- FAIL: TestX\nlater\nlast', 2)).toBe('    a.go:1: no\nlater')
  expect(firstLines('x'.repeat(400), 1)).toHaveLength(300)
})

test('a name is not said twice', () => {
  expect(fullName({ suite: 'cart', name: 'cart adds' })).toBe('cart adds')
  expect(fullName({ suite: 'Cart', name: 'adds' })).toBe('Cart › adds')
})
