import { describe, expect, test } from '@jest/globals'
import { auditAdvisories, countBySeverity } from '../../../core/domain/quality/advisories.js'
import { byRule, countByLevel, whereFound } from '../../../core/domain/quality/findings.js'
import { inCheckout } from '../../../core/domain/quality/place.js'
import { sarifFindings } from '../../../core/domain/quality/sarif.js'
import { contentOf, faultOf, WORK } from './lab.js'

describe('SARIF', () => {
  test('levels come from the result, its rule or its kind; suppressed and vanished ones are left out', async () => {
    const { report } = await contentOf('sarif', 'sarif/analysis.sarif')
    expect(report.findings.map(({ rule, level, file = '', line = 0, isNew }) => [rule, level, inCheckout(file, WORK), line, isNew])).toEqual([
      ['js.eval', 'error', 'src/cart.js', 12, true],
      ['js.todo', 'note', 'src/from-list.js', 0, true],
      ['js.plain/part', 'warning', '', 0, true],
      ['js.eval', 'warning', 'src/with space.js', 1, true],
      ['js.eval', 'error', '', 0, true],
      ['js.eval', 'error', '', 0, false],
      ['js.eval', 'none', '', 0, true],
      ['js/xss', 'error', '', 0, true],
    ])
    expect(report).toMatchObject({ suppressed: 1, absent: 1 })
    expect(report.incomplete).toBeUndefined()
    expect(countByLevel(report.findings)).toEqual({ error: 4, warning: 2, note: 1, none: 1 })
    expect(byRule(report.findings)[0]).toMatchObject({ rule: 'js.eval', level: 'error', count: 3, tool: 'Semgrep OSS' })
    expect(whereFound(report.findings[0]!)).toBe('src/cart.js:12')
  })

  const run = (more: object): unknown => ({ version: '2.1.0', runs: [{ tool: { driver: { name: 'T' } }, ...more }] })

  test.each([
    ['a run without results did not look', run({}), 'T wrote no list of results: it did not look'],
    ['a run that broke off', run({ results: [], invocations: [{ executionSuccessful: false, exitCodeDescription: 'out of memory' }] }), 'T did not run to its end (out of memory)'],
    ['no run at all', { version: '2.1.0', runs: [] }, 'it holds no run of any tool'],
    ['a run that found nothing is whole', run({ results: [] }), undefined],
  ])('%s', (_, value, why) => {
    expect(sarifFindings(value).incomplete).toBe(why)
  })

  test.each([
    [{ version: '2.0.0', runs: [] }, 'its version is "2.0.0", not 2.1.0'],
    [{ runs: [] }, '`sarif.version` should be a text and is undefined'],
    [run({ results: [{ message: {}, level: 'fatal' }] }), '`sarif.runs[0].results[0].level` should be one of error, warning, note, none and is string'],
    [[], '`sarif` should be an object and is object'],
  ])('what is none is refused: %j', (value, why) => {
    expect(() => sarifFindings(value)).toThrow(why)
  })
})

describe('an audit', () => {
  test('of npm counts dependencies, as npm does', async () => {
    const { report } = await contentOf('advisories', 'audit/npm.json')
    expect(report.advisories).toEqual([
      { dependency: 'braces <3.0.3', severity: 'high', title: 'Uncontrolled resource consumption in braces https://github.com/advisories/GHSA-grv7-fg5c-xmjg' },
      { dependency: 'micromatch <=4.0.7', severity: 'moderate', title: 'by way of braces' },
    ])
    expect(countBySeverity(report.advisories)).toEqual({ critical: 0, high: 1, moderate: 1, low: 0, info: 0, unknown: 0 })
  })

  test('of pnpm', async () => {
    expect((await contentOf('advisories', 'audit/pnpm.json')).report.advisories).toEqual([expect.objectContaining({ dependency: 'minimist', severity: 'critical' })])
  })

  test('of pip-audit tells no severity, and what it could not look up', async () => {
    const { report } = await contentOf('advisories', 'audit/pip-audit.json')
    expect(report.advisories).toEqual([
      { dependency: 'flask 0.5', severity: 'unknown', title: 'PYSEC-2019-179, repaired in 1.0' },
      { dependency: 'flask 0.5', severity: 'unknown', title: 'PYSEC-2018-66' },
    ])
    expect(report.unaudited).toEqual([expect.stringContaining('internal-lib')])
  })

  test('that failed is none, and neither is something else', async () => {
    expect(await faultOf('advisories', 'audit/failed.json')).toBe('unreadable: the audit itself failed: ENOLOCK: This command requires an existing lockfile.: Try creating one first.')
    expect(await faultOf('advisories', 'sarif/analysis.sarif')).toContain('it is no audit of npm, pnpm or pip-audit in JSON')
    expect(() => auditAdvisories('text')).toThrow('should be an object')
  })
})
