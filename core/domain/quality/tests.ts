import { grouped } from './grouping.js'

/** One test that a report tells of. */
export interface TestCase {
  readonly name: string
  /** Class, file or package: what tells apart tests of one name. */
  readonly suite: string
  /** `error`: it broke before it could fail. */
  readonly state: 'passed' | 'failed' | 'error' | 'skipped'
  /** It passed, and had failed before in the same run. */
  readonly flaky: boolean
  readonly seconds: number
  /** Of a test that did not pass: what was said about it. */
  readonly text: string
  readonly file?: string
  readonly line?: number
}

export interface TestTotals {
  readonly total: number
  readonly passed: number
  /** Errors included. */
  readonly failed: number
  readonly skipped: number
  readonly flaky: number
  readonly seconds: number
}

export function testTotals(cases: readonly TestCase[]): TestTotals {
  const count = (wanted: (one: TestCase) => boolean): number => cases.filter(wanted).length
  return {
    total: cases.length,
    passed: count(({ state }) => state === 'passed'),
    failed: count(isBad),
    skipped: count(({ state }) => state === 'skipped'),
    flaky: count(({ flaky }) => flaky),
    seconds: cases.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

export function isBad({ state }: Pick<TestCase, 'state'>): boolean {
  return state === 'failed' || state === 'error'
}

export function fullName({ suite, name }: Pick<TestCase, 'suite' | 'name'>): string {
  return suite === '' || name.startsWith(suite) ? name : `${suite} › ${name}`
}

/**
 * For runners that write every try of a test as a case of its own: the last try counts, and a pass after a failure is
 * flaky. Only on request, since two different tests may have one name.
 */
export function lastTries(cases: readonly TestCase[]): readonly TestCase[] {
  const tries = grouped(cases, (one) => JSON.stringify([one.suite, one.name]))
  return [...tries.values()].map((all) => {
    // A runner may list the failures first, whatever came last: one pass is what it tried again for.
    const last = all.findLast(({ state }) => state === 'passed') ?? all.at(-1)!
    return last.state === 'passed' && all.some(isBad) ? { ...last, flaky: true } : last
  })
}

const NOISE = /^(?:=== |--- |\s*$)/

/** The first lines that say something, for people. */
export function firstLines(text: string, most: number): string {
  const lines = text.split(/\r?\n/).filter((line) => !NOISE.test(line)).map((line) => line.trimEnd())
  const shown = lines.slice(0, most).map((line) => (line.length > 300 ? `${line.slice(0, 299)}…` : line))
  return shown.join('\n')
}
