import { mergedCoverage, sum, type FileCoverage } from '../../core/domain/quality/coverage.js'
import { criteria, type Criterion, type Measured } from '../../core/domain/quality/criteria.js'
import { inCheckout } from '../../core/domain/quality/place.js'
import type { NamedReport, Thresholds } from '../../core/domain/quality/settings.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ReportContent, ReportFault, Reports } from '../../core/ports/reports.js'

export interface WantedReport {
  readonly report: NamedReport
  readonly folder: string
  /** Epoch ms: when its command began. */
  readonly since?: number
}

export interface ReportProblem {
  readonly kind: ReportFault['kind'] | 'incomplete' | 'no-tests' | 'nothing-covered'
  readonly file: string
  readonly detail: string
}

/** Everything that reports say, and everything that is wrong with them. */
export interface Evidence {
  readonly measured: Omit<Measured, 'before'>
  readonly problems: readonly ReportProblem[]
  /** Worth a line, and no reason to fail. */
  readonly notes: readonly string[]
}

/** Reads every report that was named; one without anything in it proves nothing. */
export async function readEvidence(wanted: readonly WantedReport[], reports: Reports, { paths }: Pick<Ambient, 'paths'>): Promise<Evidence> {
  const contents: ReportContent[] = []
  const problems: ReportProblem[] = []
  for (const { report, ...place } of wanted) {
    const read = await reports.read(report, place)
    const placed = read.contents.map((content) => withPlaces(content, paths.work))
    contents.push(...placed)
    problems.push(...read.faults, ...(read.faults.length === 0 ? emptiness(report, placed) : []))
  }
  const kinds = new Set(wanted.map(({ report }) => report.kind))
  return { problems: [...problems, ...incompleteness(contents)], notes: notesOf(contents), measured: measuredOf(contents, kinds) }
}

function withPlaces(content: ReportContent, work: string): ReportContent {
  const placed = <T extends { readonly file?: string }>(one: T): T => (one.file === undefined ? one : { ...one, file: inCheckout(one.file, work) })
  if (content.kind === 'junit') return { ...content, tests: content.tests.map(placed) }
  if (content.kind === 'coverage') return { ...content, files: content.files.map(placed) }
  if (content.kind === 'sarif') return { ...content, report: { ...content.report, findings: content.report.findings.map(placed) } }
  return content
}

/** Of all files of one pattern together: a suite without tests may be one of many. */
function emptiness({ kind, path }: NamedReport, contents: readonly ReportContent[]): readonly ReportProblem[] {
  if (kind === 'junit') {
    const tests = contents.flatMap((one) => (one.kind === 'junit' ? one.tests : []))
    if (tests.some(({ state }) => state !== 'skipped')) return []
    return [{ kind: 'no-tests', file: path, detail: tests.length === 0 ? 'it holds no test' : `all of its ${tests.length} tests were skipped` }]
  }
  if (kind !== 'coverage') return []
  const lines = sum(contents.flatMap((one) => (one.kind === 'coverage' ? one.files.map((file) => file.lines) : [])))
  return lines.total > 0 ? [] : [{ kind: 'nothing-covered', file: path, detail: 'it holds no line that could be covered' }]
}

function incompleteness(contents: readonly ReportContent[]): readonly ReportProblem[] {
  return contents.flatMap((one) => (one.kind === 'sarif' && one.report.incomplete !== undefined ? [{ kind: 'incomplete' as const, file: 'SARIF', detail: one.report.incomplete }] : []))
}

function notesOf(contents: readonly ReportContent[]): readonly string[] {
  const count = (of: 'suppressed' | 'absent'): number => contents.reduce((total, one) => total + (one.kind === 'sarif' ? one.report[of] : 0), 0)
  const unaudited = contents.flatMap((one) => (one.kind === 'advisories' ? one.report.unaudited : []))
  return [
    ...(count('suppressed') === 0 ? [] : [`${count('suppressed')} findings are suppressed and not counted.`]),
    ...(count('absent') === 0 ? [] : [`${count('absent')} findings of the baseline are there no longer.`]),
    ...(unaudited.length === 0 ? [] : [`Not audited: ${unaudited.slice(0, 10).join('; ')}${unaudited.length > 10 ? ` and ${unaudited.length - 10} more` : ''}.`]),
  ]
}

function measuredOf(contents: readonly ReportContent[], kinds: ReadonlySet<NamedReport['kind']>): Evidence['measured'] {
  const coverage = mergedCoverage(contents.flatMap((one): readonly FileCoverage[] => (one.kind === 'coverage' ? one.files : [])))
  return {
    ...(kinds.has('junit') ? { tests: contents.flatMap((one) => (one.kind === 'junit' ? one.tests : [])) } : {}),
    ...(kinds.has('coverage') ? { coverage } : {}),
    ...(kinds.has('sarif') ? { findings: contents.flatMap((one) => (one.kind === 'sarif' ? one.report.findings : [])) } : {}),
    ...(kinds.has('advisories') ? { advisories: contents.flatMap((one) => (one.kind === 'advisories' ? one.report.advisories : [])) } : {}),
  }
}

/** Thresholds against what was measured; `before` is asked for only where a threshold compares with it. */
export async function judged(thresholds: Thresholds, { measured }: Evidence, before: () => Promise<Measured['before']>): Promise<readonly Criterion[]> {
  const earlier = thresholds.coverageDrop === undefined || measured.coverage === undefined ? undefined : await before()
  return criteria(thresholds, { ...measured, ...(earlier === undefined ? {} : { before: earlier }) })
}
