import type { Summary, SummaryPart } from '../../domain/outcome.js'
import { wrapped } from '../help.js'
import { plain } from './escape.js'
import { binned, highest, shownNumber, sparkline } from './sampling.js'

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
}

const KEPT_LINES = 30

export function terminalSummary(summary: Summary, columns: number, paint: Paint): string {
  const width = Math.min(Math.max(columns, 40), 120)
  return `\n${[paint.bold(plain(summary.title)), ...summary.parts.map((one) => part(one, width, paint))].join('\n\n')}\n`
}

function part(one: SummaryPart, width: number, paint: Paint): string {
  if (one.kind === 'text') return wrapped(plain(one.text), width).join('\n')
  if (one.kind === 'table') return table(one, paint)
  if (one.kind === 'chart') return chart(one, width, paint)
  const lines = plain(one.text).split('\n')
  const left = lines.length - KEPT_LINES
  return [paint.bold(plain(one.title)), ...(left > 0 ? [paint.dim(`  (${left} lines before)`)] : []), ...lines.slice(-KEPT_LINES).map((line) => `  ${line}`)].join('\n')
}

function table({ title, columns, rows }: Extract<SummaryPart, { kind: 'table' }>, paint: Paint): string {
  const shown = rows.map((row) => columns.map((_, index) => plain(row[index] ?? '').replaceAll(/\s*\n\s*/g, '; ')))
  const widths = columns.map((name, index) => shown.reduce((most, row) => Math.max(most, row[index]!.length), name.length))
  const line = (cells: readonly string[]): string => `  ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd()}`
  const head = columns.some((name) => name !== '') ? [paint.dim(line(columns))] : []
  return [...(title === undefined ? [] : [paint.bold(plain(title))]), ...head, ...shown.map(line)].join('\n')
}

function chart(one: Extract<SummaryPart, { kind: 'chart' }>, width: number, paint: Paint): string {
  const names = one.series.reduce((most, { name }) => Math.max(most, name.length), 0)
  const bins = binned(one.series, Math.min(60, width - names - 24))
  const title = paint.bold(plain(one.title))
  if (bins.rows.every(({ values }) => values.length === 0)) return `${title}\n  no samples`
  const top = bins.rows.reduce((most, { values }) => Math.max(most, highest(values)), 0)
  const rows = bins.rows.map(({ name, values }) => `  ${plain(name).padEnd(names)}  ${sparkline(values, top)}  highest ${shownNumber(highest(values))} ${plain(one.unit)}`)
  const marks = one.marks.map(({ at, label }) => `${plain(label)} from ${Math.round(at)} s`).join(', ')
  return [title, ...rows, paint.dim(`  ${shownNumber(bins.from)} to ${shownNumber(bins.to)} s${marks === '' ? '' : `: ${marks}`}`)].join('\n')
}
