import type { DeliveryRow } from '../model.js'

const COLUMNS: readonly (readonly [string, (row: DeliveryRow) => string])[] = [
  ['delivery', ({ id }) => id],
  ['environment', ({ environment }) => environment],
  ['kind', ({ kind }) => kind],
  ['version', ({ version }) => version],
  ['commit', ({ commit }) => commit],
  ['from_version', ({ from }) => from ?? ''],
  ['by', ({ by }) => by],
  ['begun_at', ({ begunAt }) => isoTime(begunAt)],
  ['ended_at', ({ endedAt }) => (endedAt === undefined ? '' : isoTime(endedAt))],
  ['seconds', ({ begunAt, endedAt }) => (endedAt === undefined ? '' : String(Math.max(0, endedAt - begunAt) / 1000))],
  ['ok', ({ ok }) => (ok === undefined ? '' : String(ok))],
  ['reason', ({ reason }) => reason ?? ''],
  ['run', ({ run }) => run],
  ['run_url', ({ runUrl }) => runUrl],
]

/** RFC 4180, with a header. */
export function deliveriesCsv(rows: readonly DeliveryRow[]): string {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, of]) => cell(of(row))))]
  return lines.map((line) => `${line.join(',')}\r\n`).join('')
}

/** A spreadsheet runs what begins like a formula; an apostrophe before it makes it a text. */
function cell(value: string): string {
  // oxlint-disable-next-line no-control-regex
  const text = value.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\u{fffd}')
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Empty for a moment that no calendar has. */
function isoTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : ''
}
