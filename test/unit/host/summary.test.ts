import { describe, expect, it } from '@jest/globals'
import type { Summary, SummaryPart } from '../../../core/domain/outcome.js'
import { paints } from '../../../core/host/faces/terminal-log.js'
import { markdown } from '../../../core/host/summary/markdown.js'
import { terminalSummary } from '../../../core/host/summary/terminal.js'

const of = (...parts: SummaryPart[]): Summary => ({ title: 'Promote v2: promoted', parts })
const terminal = (summary: Summary): string => terminalSummary(summary, 80, paints(false))
const chart = (length: number): SummaryPart => ({
  kind: 'chart', title: 'Failed requests', unit: '%', marks: [{ at: 0, label: '5 %' }, { at: 60.4, label: '25 %' }],
  series: [
    { name: 'stable', points: Array.from({ length }, (_, index) => [index, 1] as const) },
    { name: 'candidate', points: Array.from({ length }, (_, index) => [index, index / 10] as const) },
  ],
})

describe('for GitHub', () => {
  it('makes tables, numbers to the right', () => {
    expect(markdown(of({ kind: 'table', title: 'Facts', columns: ['What', 'Took'], rows: [['a', '12 ms'], ['b', '3.5 ms']] }))).toBe(
      '## Promote v2: promoted\n\n### Facts\n\n| What | Took |\n| --- | ---: |\n| a | 12 ms |\n| b | 3.5 ms |\n')
  })

  it('keeps observed text text: no markup, no table cells, no commands', () => {
    const evil = 'a|b `c` **d** <script>x</script> [e](javascript:f) ![g](h) ~~i~~ #1 @j\nnext `open $x$ \\| &amp;'
    const text = markdown(of({ kind: 'table', columns: ['Observed'], rows: [[evil]] }))
    const row = text.trimEnd().split('\n').at(-1)!
    expect(text.trimEnd().split('\n')).toHaveLength(5)
    expect(row.slice(2, -2)).not.toMatch(/[|*~[\]!$\\]|<(?!\/?code>|br>)/)
    expect(row).toContain('<code>c</code>')
    expect(row).toContain('<br>next &#96;open')
  })

  it('links addresses and nothing else', () => {
    const text = markdown(of({ kind: 'text', text: 'See https://example.com/a_b?c=d*e. Not javascript:x.' }))
    expect(text).toContain('<a href="https://example.com/a&#95;b?c=d&#42;e">')
    expect(text).not.toContain('href="javascript')
  })

  it('keeps paragraphs, lines and lists, and no other structure', () => {
    const text = markdown(of({ kind: 'text', text: 'one\n# two\n\n- a\n- b\n\n1. c\n--- d\n> e' }))
    expect(text).toContain('one<br>\n&#35; two\n\n- a\n- b\n\n1&#46; c<br>\n&#45;-- d<br>\n&#62; e\n')
  })

  it('shows details as they are', () => {
    const text = markdown(of({ kind: 'details', title: 'Last <lines>', text: '```\n</pre></details>\n\u001B[31mred\u001B[0m\u0007' }))
    expect(text).toContain('<details><summary>Last &#60;lines&#62;</summary>\n\n<pre>```\n&lt;/pre&gt;&lt;/details&gt;\nred</pre>\n\n</details>')
  })

  it('draws both arms, with a legend that is enough by itself', () => {
    const text = markdown(of(chart(600)))
    const lines = text.split('\n').filter((line) => line.startsWith('  line ['))
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line.split(',')).toHaveLength(60)
    expect(text).toContain('```mermaid\n%%{init')
    expect(text).toContain('  x-axis "seconds" 0 --> 599')
    expect(text).toContain('  y-axis "%" 0 --> 65')
    expect(text).toMatch(/\| stable \| green \| <code>▁+<\/code> \| 1 \| 1 \|/)
    expect(text).toMatch(/\| candidate \| red \| <code>▁.*█<\/code> \| 59.5 \| 59.5 \|/)
    expect(text).toContain('5 % from 0 s, 25 % from 60 s')
  })

  it('draws what there is of a short or broken series, and says when there is nothing', () => {
    const part = chart(0)
    expect(markdown(of(part))).toContain('No samples were seen.')
    expect(markdown(of(chart(1)))).toContain('x-axis "seconds" 0 --> 1\n')
    const broken: SummaryPart = { kind: 'chart', title: 'T', unit: '%', marks: [], series: [{ name: 'a', points: [[0, 1e-9], [10, 2]] }, { name: 'b', points: [] }] }
    const text = markdown(of(broken))
    expect(text).toContain('  line [0, 2]\n  line [0, 0]')
    expect(text).toContain('| b | red | <code>&nbsp;&nbsp;</code> | 0 | none |')
  })

  it('stays under what GitHub shows: details go first, then rows, and it says so', () => {
    const limit = 1024 * 1024
    const details: SummaryPart = { kind: 'details', title: 'Log', text: 'é'.repeat(2_000_000) }
    const facts: SummaryPart = { kind: 'table', columns: ['A'], rows: [['kept']] }
    const first = markdown(of(facts, details))
    expect(Buffer.byteLength(first)).toBeLessThan(limit)
    expect(first).toContain('| kept |')
    expect(first).toContain('characters were left out')
    const rows = Array.from({ length: 200_000 }, (_, index) => [`row ${index}`])
    const second = markdown(of({ kind: 'table', columns: ['A'], rows }))
    expect(Buffer.byteLength(second)).toBeLessThan(limit)
    expect(second).toContain('and 199900 rows more')
    const third = markdown(of(...Array.from({ length: 5000 }, () => ({ kind: 'details' as const, title: 'x', text: 'y'.repeat(3000) }))))
    expect(Buffer.byteLength(third)).toBeLessThan(limit)
    expect(third).toContain('was left out')
  })
})

describe('for a terminal', () => {
  it('aligns tables and leaves out what moves the cursor', () => {
    const text = terminal(of({ kind: 'table', title: 'Facts', columns: ['What', 'Value'], rows: [['longer name', 'x\u001B[2J\u009B2J'], ['b', 'two\nlines']] }))
    expect(text).toBe('\nPromote v2: promoted\n\nFacts\n  What         Value\n  longer name  x\n  b            two; lines\n')
  })

  it('wraps text, draws a small chart, and shows the end of long details', () => {
    const text = terminal(of({ kind: 'text', text: 'word '.repeat(40) }, chart(100), { kind: 'details', title: 'Log', text: Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n') }))
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(90)
    expect(text).toMatch(/ {2}candidate {2}▁.*█ {2}highest 9\.\d+ %/)
    expect(text).toContain('  (20 lines before)\n  line 20\n')
    expect(text).toContain('0 to 99 s: 5 % from 0 s, 25 % from 60 s')
    expect(terminal(of(chart(0)))).toContain('no samples')
  })
})
