import { childrenOf, countIn, type XmlElement } from './element.js'
import { isBad, lastTries, type TestCase } from './tests.js'

/**
 * The tests of a JUnit report: suites in suites or alone, as Surefire, jest-junit, pytest and gotestsum write them. Throws a
 * `TypeError` for anything else. `reruns`: every try of a test is a case of its own.
 */
export function junitTests(root: XmlElement, { reruns = false }: { readonly reruns?: boolean } = {}): readonly TestCase[] {
  if (root.name !== 'testsuites' && root.name !== 'testsuite') throw new TypeError(`it begins with <${root.name}>, not with <testsuites> or <testsuite>`)
  const { cases } = suite(root, '')
  return reruns ? lastTries(cases) : cases
}

interface Counted {
  readonly cases: readonly TestCase[]
  /** Failures and errors in it: a case may hold one of each. */
  readonly bad: number
}

function suite(element: XmlElement, within: string): Counted {
  const name = element.attributes.get('name') ?? within
  const inner = childrenOf(element, 'testsuite', 'testsuites').map((child) => suite(child, name))
  const own = childrenOf(element, 'testcase').map((child) => testCase(child, element, name))
  const found = childrenOf(element, 'testcase').reduce((sum, child) => sum + childrenOf(child, 'failure', 'error').length, 0)
  const cases = [...inner.flatMap((one) => one.cases), ...own]
  const bad = inner.reduce((sum, one) => sum + one.bad, found)
  const silent = countIn(element, 'failures') + countIn(element, 'errors') - Math.max(bad, cases.filter(isBad).length)
  // A file that could not even be loaded is counted by its suite, and has no case that could tell.
  return silent > 0 ? { cases: [...cases, unnamed(element, name, silent)], bad: bad + silent } : { cases, bad }
}

function unnamed(element: XmlElement, name: string, silent: number): TestCase {
  const said = childrenOf(element, 'system-err', 'system-out', 'error', 'failure').map(({ text }) => text.trim()).filter((text) => text !== '')
  const text = [`The suite counts ${silent} ${silent === 1 ? 'failure or error' : 'failures or errors'} that no test case names.`, ...said].join('\n')
  return { name: name === '' ? 'a suite without a name' : name, suite: '', state: 'error', flaky: false, seconds: 0, text, ...place(element, element) }
}

function testCase(element: XmlElement, parent: XmlElement, within: string): TestCase {
  const { attributes } = element
  const state = stateOf(element)
  const said = childrenOf(element, 'failure', 'error', ...(state === 'skipped' ? ['skipped'] : []))
  return {
    name: attributes.get('name') || 'a test without a name',
    suite: attributes.get('classname') ?? within,
    state,
    flaky: state === 'passed' && childrenOf(element, 'flakyFailure', 'flakyError', 'rerunFailure', 'rerunError', 'rerun').length > 0,
    seconds: seconds(attributes.get('time') ?? attributes.get('duration')),
    text: said.map(wordsOf).join('\n'),
    ...place(element, parent),
  }
}

const SKIPPED = /^(?:skipped|notrun|disabled|ignored|suppressed|pending|todo)$/i
const FAILED = /^(?:failed|failure|error|broken)$/i

function stateOf(element: XmlElement): TestCase['state'] {
  if (childrenOf(element, 'error').length > 0) return 'error'
  if (childrenOf(element, 'failure').length > 0) return 'failed'
  if (childrenOf(element, 'skipped', 'disabled', 'ignored').length > 0) return 'skipped'
  const words = ['status', 'result'].map((name) => element.attributes.get(name) ?? '')
  if (words.some((word) => FAILED.test(word))) return 'failed'
  return words.some((word) => SKIPPED.test(word)) ? 'skipped' : 'passed'
}

/** The message, and the text unless it only says it again. */
function wordsOf({ attributes, text }: XmlElement): string {
  const message = (attributes.get('message') ?? '').trim()
  const body = text.trim()
  return message === '' || body.includes(message) ? body : body === '' ? message : `${message}\n${body}`
}

/** Some write thousands with a comma. */
function seconds(written: string | undefined): number {
  const value = Number((written ?? '').replaceAll(',', ''))
  return Number.isFinite(value) && value > 0 ? value : 0
}

function place(element: XmlElement, parent: XmlElement): Pick<TestCase, 'file' | 'line'> {
  const file = [element, parent].flatMap(({ attributes }) => [attributes.get('file'), attributes.get('filepath')]).find((found) => found !== undefined && found !== '')
  const line = countIn(element, 'line') || countIn(element, 'lineno')
  return { ...(file === undefined ? {} : { file }), ...(line === 0 ? {} : { line }) }
}
