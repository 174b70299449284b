import { describe, expect, test } from '@jest/globals'
import type { Advisory } from '../../../core/domain/quality/advisories.js'
import { criteria, type Measured } from '../../../core/domain/quality/criteria.js'
import type { Finding } from '../../../core/domain/quality/findings.js'
import type { Thresholds } from '../../../core/domain/quality/settings.js'
import type { TestCase } from '../../../core/domain/quality/tests.js'

const usual: Thresholds = { failedTests: 0, sarif: { error: 0 }, onlyNew: false, advisories: { critical: 0, high: 0, unknown: 0 } }
const one = (state: TestCase['state'], flaky = false): TestCase => ({ name: 'a', suite: 's', state, flaky, seconds: 0, text: '' })
const found = (isNew: boolean): Finding => ({ tool: 'T', rule: 'r', level: 'error', message: 'm', isNew })
const weak = (severity: Advisory['severity']): Advisory => ({ dependency: 'd', severity, title: 't' })
const lines = (covered: number, total: number): Measured => ({ coverage: [{ file: 'a', lines: { covered, total }, branches: { covered: 0, total: 0 } }] })

/** `name: measured` of every threshold that does not hold. */
const missed = (thresholds: Partial<Thresholds>, measured: Measured): readonly string[] =>
  criteria({ ...usual, ...thresholds }, measured).filter(({ met }) => !met).map(({ name, measured: value }) => `${name}: ${value}`)

describe('a threshold', () => {
  test.each<readonly [string, Partial<Thresholds>, Measured, readonly string[]]>([
    ['nothing that was not measured is judged', { coverage: 80, tests: 5 }, {}, []],
    ['no test may fail, nor break', {}, { tests: [one('passed'), one('failed'), one('error')] }, ['failed-tests: 2']],
    ['unless some may', { failedTests: 2 }, { tests: [one('failed'), one('error')] }, []],
    ['skipped tests are not run ones', { tests: 2, skippedTests: 0 }, { tests: [one('passed'), one('skipped')] }, ['tests: 1', 'skipped-tests: 1']],
    ['flaky tests pass until they may not', { flakyTests: 0 }, { tests: [one('passed', true)] }, ['flaky-tests: 1']],
    ['exactly what is wanted is enough', { coverage: 80 }, lines(4, 5), []],
    ['a hair less is not', { coverage: 80 }, lines(79_999, 100_000), ['coverage: 79.99 % (79999 of 100000)']],
    ['no branch is no coverage of branches', { branchCoverage: 1 }, lines(1, 1), ['branch-coverage: nothing that could be covered']],
    ['a drop of just so much is allowed', { coverageDrop: 1 }, { ...lines(79, 100), before: 80 }, []],
    ['a deeper one is not', { coverageDrop: 0.5 }, { ...lines(79, 100), before: 80 }, ['coverage-drop: 79.00 % after 80.00 %']],
    ['what was not compared does not hold', { coverageDrop: 1 }, lines(1, 1), ['coverage-drop: not compared: nothing is known of the commit before']],
    ['errors of an analysis count', {}, { findings: [found(true), found(false)] }, ['sarif.error: 2']],
    ['those of the baseline do not where only new ones do', { onlyNew: true }, { findings: [found(true), found(false)] }, ['sarif.error: 1']],
    ['a weakness of unknown severity may be any', {}, { advisories: [weak('low'), weak('unknown'), weak('high')] }, ['advisories.high: 1', 'advisories.unknown: 1']],
    ['every severity can have its own bound', { advisories: { moderate: 1 } }, { advisories: [weak('critical'), weak('moderate'), weak('moderate')] }, ['advisories.moderate: 2']],
  ])('%s', (_, thresholds, measured, wanted) => {
    expect(missed(thresholds, measured)).toEqual(wanted)
  })
})
