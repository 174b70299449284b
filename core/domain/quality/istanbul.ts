import { number, object, record } from '../local-control/decode.js'
import type { FileCoverage, Ratio } from './coverage.js'

const ratio = object<Ratio>({ covered: number, total: number })
const entry = object<{ readonly lines: Ratio; readonly branches: Ratio }>({ lines: ratio, branches: ratio })

/** Files of Istanbul's `coverage-summary.json` (reporter `json-summary`). Throws a `TypeError` for anything else. */
export function istanbulFiles(value: unknown): readonly FileCoverage[] {
  if (typeof value !== 'object' || value === null || !('total' in value)) throw new TypeError('it has no `total`, as the reporter `json-summary` writes it')
  const { total, ...files } = record(entry)(value, 'summary')
  const found = Object.entries(files).map(([file, { lines, branches }]) => ({ file: file.replaceAll('\\', '/'), lines, branches }))
  // A summary without files still says how much there is.
  return found.length === 0 && total !== undefined && total.lines.total > 0 ? [{ file: 'total', ...total }] : found
}
