import { severities } from '../domain/quality/advisories.js'
import { levels } from '../domain/quality/findings.js'
import { everyReport, reportKinds, type NamedReport, type QualityCommand, type QualitySettings, type ReportKind, type Thresholds } from '../domain/quality/settings.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { commandSchema, reservedKeys, type CommandFile, type QualityFile, type ReportsFile, type ThresholdsFile } from './schema-quality.js'
import { milliseconds } from './words.js'

/** What quality-gate runs and wants, with the defaults. The file was validated before. */
export function settleQuality(file: QualityFile, places: Places): { readonly settings: QualitySettings; readonly problems: readonly Problem[] } {
  const named = Object.entries(file).filter(([name]) => !reservedKeys.some((key) => key === name))
  const settings: QualitySettings = {
    ...(file.prepare === undefined ? {} : { prepare: commandOf('prepare', file.prepare) }),
    commands: named.map(([name, command]) => commandOf(name, commandSchema.parse(command))),
    reports: reportsOf(file.reports ?? {}, false),
    thresholds: thresholdsOf(file.thresholds ?? {}),
  }
  return { settings, problems: unmeasured(file.thresholds ?? {}, settings, places) }
}

function commandOf(name: string, file: CommandFile): QualityCommand {
  if (typeof file === 'string') return { name, script: file, accept: [0], reports: [] }
  return {
    name,
    script: file.run,
    ...(file.folder === undefined ? {} : { folder: file.folder }),
    ...(file.within === undefined ? {} : { withinMs: milliseconds(file.within) }),
    accept: file.accept ?? [0],
    reports: reportsOf(file, file.reruns ?? false),
  }
}

function reportsOf(file: ReportsFile, reruns: boolean): readonly NamedReport[] {
  return reportKinds.flatMap((kind) => {
    const paths = file[kind]
    return (paths === undefined ? [] : typeof paths === 'string' ? [paths] : paths).map((path) => ({ kind, path, reruns }))
  })
}

/** Without being asked, nothing that failed and nothing that is bad for sure passes. */
function thresholdsOf(file: ThresholdsFile): Thresholds {
  const number = (written: string | undefined): number | undefined => (written === undefined ? undefined : Number.parseFloat(written))
  return {
    ...given('coverage', number(file.coverage)),
    ...given('branchCoverage', number(file['branch-coverage'])),
    ...given('coverageDrop', number(file['coverage-drop'])),
    ...given('tests', file.tests),
    failedTests: file['failed-tests'] ?? 0,
    ...given('skippedTests', file['skipped-tests']),
    ...given('flakyTests', file['flaky-tests']),
    sarif: { error: 0, ...numbersOf(file.sarif ?? {}, levels) },
    onlyNew: file.sarif?.['only-new'] ?? false,
    advisories: { critical: 0, high: 0, unknown: 0, ...numbersOf(file.advisories ?? {}, severities) },
  }
}

function given<K extends keyof Thresholds>(key: K, value: Thresholds[K] | undefined): Partial<Pick<Thresholds, K>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one key, whose value has that key's type
  return value === undefined ? {} : ({ [key]: value } as Partial<Pick<Thresholds, K>>)
}

function numbersOf<K extends string>(file: Readonly<Record<string, unknown>>, keys: readonly K[]): Readonly<Partial<Record<K, number>>> {
  const found: Partial<Record<K, number>> = {}
  for (const key of keys) {
    const value = file[key]
    if (typeof value === 'number') found[key] = value
  }
  return found
}

const MEASURED_BY: Readonly<Record<keyof ThresholdsFile, ReportKind>> = {
  coverage: 'coverage', 'branch-coverage': 'coverage', 'coverage-drop': 'coverage',
  tests: 'junit', 'failed-tests': 'junit', 'skipped-tests': 'junit', 'flaky-tests': 'junit', sarif: 'sarif', advisories: 'advisories',
}

/** A threshold that nothing is measured for would hold whatever happens. */
function unmeasured(file: ThresholdsFile, settings: QualitySettings, places: Places): readonly Problem[] {
  const kinds = everyReport(settings).map(({ kind }) => kind)
  return Object.entries(MEASURED_BY).filter(([key, kind]) => Object.hasOwn(file, key) && !kinds.includes(kind)).map(([key, kind]) => {
    const path = ['thresholds', key]
    return { code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` can not be measured: no report is named under \`${kind}\`.`, fix: `Name one with \`${kind}\`, of a command or under \`reports\`.` }
  })
}
