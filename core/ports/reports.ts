import type { AdvisoryReport } from '../domain/quality/advisories.js'
import type { FileCoverage } from '../domain/quality/coverage.js'
import type { FindingReport } from '../domain/quality/findings.js'
import type { NamedReport } from '../domain/quality/settings.js'
import type { TestCase } from '../domain/quality/tests.js'

export type ReportContent =
  | { readonly kind: 'junit'; readonly tests: readonly TestCase[] }
  | { readonly kind: 'coverage'; readonly files: readonly FileCoverage[] }
  | { readonly kind: 'sarif'; readonly report: FindingReport }
  | { readonly kind: 'advisories'; readonly report: AdvisoryReport }

export interface ReportFault {
  /** `missing`: no file. `stale`: not written since. `unreadable`: none of the forms that are known, cut off, or too large. */
  readonly kind: 'missing' | 'stale' | 'unreadable'
  readonly file: string
  readonly detail: string
}

export interface ReadReport {
  readonly contents: readonly ReportContent[]
  readonly faults: readonly ReportFault[]
}

/** Reports that tools have written, with every secret masked. A fault is an answer: it never passes for an empty report. */
export interface Reports {
  /** `since` (epoch ms): older files count as not written. Paths are below `folder`. */
  read(report: NamedReport, place: { readonly folder: string; readonly since?: number }): Promise<ReadReport>
}
