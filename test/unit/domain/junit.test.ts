import { describe, expect, it } from '@jest/globals'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { junitXml } from '../../../core/domain/junit.js'

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', textNodeName: 'text', isArray: (name) => name === 'testcase', trimValues: false })

describe('a JUnit file', () => {
  const nasty = `<a & b> "c" 'd' ]]> \u0000\u0007\u001B[31m\u0085 é 漢 🚢 \uD800 \uFFFF`
  const xml = junitXml({
    name: nasty,
    startedAt: Date.UTC(2026, 2, 14, 14, 5),
    cases: [
      { name: 'GET / 200', seconds: 0.0124, state: 'passed', text: '' },
      { name: 'GET /health', seconds: 1, state: 'passed', text: 'health is "degraded"' },
      { name: nasty, seconds: 2, state: 'failed', text: `first line\n${nasty}` },
      { name: 'GET /later', seconds: 0, state: 'skipped', text: 'not run' },
    ],
  })

  it('is well-formed, whatever the names and texts hold', () => {
    expect(XMLValidator.validate(xml)).toBe(true)
    // oxlint-disable-next-line no-control-regex
    expect(xml).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFE\uFFFF]/)
    expect(Buffer.from(xml).toString()).toBe(xml)
  })

  it('counts and tells everything that was run', () => {
    const clean = `<a & b> "c" 'd' ]]> [31m é 漢 🚢  `
    expect(parser.parse(xml)).toMatchObject({
      testsuites: {
        tests: '4', failures: '1', skipped: '1', errors: '0', time: '3.012',
        testsuite: {
          name: clean, timestamp: '2026-03-14T14:05:00',
          testcase: [
            { name: 'GET / 200', time: '0.012', classname: clean },
            { 'system-out': 'health is "degraded"' },
            { name: clean, failure: { message: 'first line', text: `first line\n${clean}` } },
            { skipped: { message: 'not run' } },
          ],
        },
      },
    })
  })
})
