import type { Mark, SummaryPart } from '../../domain/outcome.js'
import { escaped, inline } from './escape.js'
import { binned, highest, shownNumber, sparkline, type Bins } from './sampling.js'

type Chart = Extract<SummaryPart, { kind: 'chart' }>

const MOST_POINTS = 60
const COLOURS = [['#1f883d', 'green'], ['#cf222e', 'red'], ['#0969da', 'blue'], ['#9a6700', 'brown']] as const

/** A chart for GitHub, and under it a table: legend, and what is left where no chart is drawn. */
export function markdownChart(chart: Chart): string {
  const bins = binned(chart.series, MOST_POINTS)
  const heading = `### ${inline(chart.title)}`
  if (bins.rows.every(({ values }) => values.length === 0)) return `${heading}\n\nNo samples were seen.`
  return [heading, drawing(chart, bins), legend(chart, bins), ...marks(chart.marks)].join('\n\n')
}

function drawing(chart: Chart, bins: Bins): string {
  const top = bins.rows.reduce((most, { values }) => Math.max(most, highest(values)), 0)
  const palette = bins.rows.map((_, index) => COLOURS[index % COLOURS.length]![0]).join(', ')
  return [
    '```mermaid',
    `%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "${palette}"}}}}%%`,
    'xychart-beta',
    `  x-axis "seconds" ${drawn(bins.from)} --> ${drawn(bins.to > bins.from ? bins.to : bins.from + 1)}`,
    `  y-axis "${label(chart.unit)}" 0 --> ${drawn(top > 0 ? top * 1.1 : 1)}`,
    ...bins.rows.map(({ values }) => `  line [${connected(values).map((value) => drawn(Math.max(0, value))).join(', ')}]`),
    '```',
  ].join('\n')
}

/** The drawing knows no exponents. */
function drawn(value: number): string {
  return value < 1e-6 ? '0' : value.toFixed(6).replace(/\.?0+$/, '')
}

/** The drawing knows no gaps: a bin without samples shows the one before it. */
function connected(values: readonly (number | undefined)[]): readonly number[] {
  let last = values.find((value) => value !== undefined) ?? 0
  return (values.length === 0 ? [0] : values).map((value) => (last = value ?? last))
}

function legend(chart: Chart, bins: Bins): string {
  const top = bins.rows.reduce((most, { values }) => Math.max(most, highest(values)), 0)
  const rows = bins.rows.map(({ name, values }, index) => {
    const seen = values.filter((value) => value !== undefined)
    const line = `<code>${sparkline(values, top).replaceAll(' ', '&nbsp;')}</code>`
    return `| ${[inline(name), COLOURS[index % COLOURS.length]![1], line, number(highest(seen)), number(seen.at(-1))].join(' | ')} |`
  })
  const unit = escaped(chart.unit)
  return [`| | Line | Over time | Highest (${unit}) | Last (${unit}) |`, '| --- | --- | --- | ---: | ---: |', ...rows].join('\n')
}

function number(value: number | undefined): string {
  return value === undefined ? 'none' : shownNumber(value)
}

function marks(all: readonly Mark[]): readonly string[] {
  return all.length === 0 ? [] : [inline(all.map(({ at, label: what }) => `${what} from ${shownNumber(Math.round(at))} s`).join(', '))]
}

function label(text: string): string {
  return text.replaceAll(/["\r\n`]/g, "'")
}
