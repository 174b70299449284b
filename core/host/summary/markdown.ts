import type { Summary, SummaryPart } from '../../domain/outcome.js'
import { inline, plain } from './escape.js'
import { markdownChart } from './mermaid.js'

/** GitHub drops a step's summary of more than 1 MiB whole. */
const MOST_BYTES = 1_000_000
const KEPT_TEXT = 4000
const KEPT_ROWS = 100

/** For GitHub. What is too long loses its details first, then rows, and says so. */
export function markdown(summary: Summary): string {
  const title = `## ${inline(plain(summary.title))}`
  const render = (parts: readonly SummaryPart[]): string => `${[title, ...parts.map(part)].join('\n\n')}\n`
  const fits = (text: string): boolean => Buffer.byteLength(text) <= MOST_BYTES
  const whole = render(summary.parts)
  if (fits(whole)) return whole
  const shorter = summary.parts.map(cutDetails)
  const withoutDetails = render(shorter)
  if (fits(withoutDetails)) return withoutDetails
  const withoutRows = render(shorter.map(cutRows))
  if (fits(withoutRows)) return withoutRows
  return `${title}\n\nThis summary was longer than GitHub shows and was left out. The log of the step has what was observed.\n`
}

function part(one: SummaryPart): string {
  if (one.kind === 'text') return paragraphs(plain(one.text))
  if (one.kind === 'table') return table(one)
  if (one.kind === 'chart') return markdownChart(one)
  return `<details><summary>${inline(plain(one.title))}</summary>\n\n<pre>${preformatted(plain(one.text))}</pre>\n\n</details>`
}

function paragraphs(text: string): string {
  return text.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n')
    return lines.every((line) => line.startsWith('- ')) ? lines.map((line) => `- ${inline(line.slice(2))}`).join('\n') : lines.map(unstructured).join('<br>\n')
  }).join('\n\n')
}

/** A number with a dot or a sign at the start of a line would make it a list or a rule. */
function unstructured(line: string): string {
  return inline(line.trimStart()).replace(/^(?:(?<number>\d+)(?<end>[.)])|[-+=])/, (start) => `${start.slice(0, -1)}&#${start.codePointAt(start.length - 1)};`)
}

function table({ title, columns, rows }: Extract<SummaryPart, { kind: 'table' }>): string {
  const cells = (row: readonly string[]): string => `| ${columns.map((_, index) => inline(plain(row[index] ?? ''))).join(' | ')} |`
  const sides = columns.map((_, index) => (rows.length > 0 && rows.every((row) => isNumber(row[index] ?? '')) ? '---:' : '---'))
  return [...(title === undefined ? [] : [`### ${inline(plain(title))}`, '']), cells(columns), `| ${sides.join(' | ')} |`, ...rows.map(cells)].join('\n')
}

function isNumber(cell: string): boolean {
  return /^-?[\d.,]+(?: ?(?:%|ms|s|min|h|kB|MB|GB|B))?$/.test(cell)
}

function preformatted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function cutDetails(one: SummaryPart): SummaryPart {
  if (one.kind !== 'details' || one.text.length <= KEPT_TEXT) return one
  return { ...one, text: `(the first ${one.text.length - KEPT_TEXT} characters were left out: the summary was too long)\n${one.text.slice(-KEPT_TEXT)}` }
}

function cutRows(one: SummaryPart): SummaryPart {
  if (one.kind === 'text' && one.text.length > KEPT_TEXT) return { ...one, text: `${one.text.slice(0, KEPT_TEXT)}… (left out: the summary was too long)` }
  if (one.kind !== 'table') return one
  const rows = one.rows.slice(0, KEPT_ROWS).map((row) => row.map((cell) => (cell.length > 500 ? `${cell.slice(0, 500)}…` : cell)))
  return one.rows.length <= KEPT_ROWS ? { ...one, rows } : { ...one, rows: [...rows, [`… and ${one.rows.length - KEPT_ROWS} rows more: the summary was too long`]] }
}
