import type { Summary, SummaryPart } from '../../domain/outcome.js'

type Mask = (text: string) => string

/** Before it is rendered: once escaped or wrapped, a secret no longer looks like itself. */
export function maskedSummary(summary: Summary, mask: Mask): Summary {
  return { title: mask(summary.title), parts: summary.parts.map((part) => maskedPart(part, mask)) }
}

function maskedPart(part: SummaryPart, mask: Mask): SummaryPart {
  if (part.kind === 'text') return { ...part, text: mask(part.text) }
  if (part.kind === 'details') return { ...part, title: mask(part.title), text: mask(part.text) }
  if (part.kind === 'table') {
    const title = part.title === undefined ? {} : { title: mask(part.title) }
    return { ...part, ...title, columns: part.columns.map(mask), rows: part.rows.map((row) => row.map(mask)) }
  }
  return {
    ...part, title: mask(part.title), unit: mask(part.unit),
    series: part.series.map((one) => ({ ...one, name: mask(one.name) })),
    marks: part.marks.map((one) => ({ ...one, label: mask(one.label) })),
  }
}
