import path from 'node:path'
import { fileReports } from '../../../core/drivers/reports/files/index.js'
import { systemFiles } from '../../../core/io/files.js'
import type { NamedReport, ReportKind } from '../../../core/domain/quality/settings.js'
import type { ReadReport, ReportContent } from '../../../core/ports/reports.js'
import { root } from '../../support/policy/files.js'

export const SECRET = 'hunter2/very-"secret"&more'
const masked = (text: string): string => text.replaceAll(SECRET, '***')
export const fixtures = path.join(root, 'test', 'fixtures', 'quality')
/** As runners have it; reports in the fixtures name it. */
export const WORK = '/home/runner/work/shop/shop'

export function readReport(kind: ReportKind, file: string, more: Partial<NamedReport> & { readonly folder?: string; readonly since?: number } = {}): Promise<ReadReport> {
  const { folder = fixtures, since, reruns = false } = more
  const paths = { work: folder, temp: '/temp', dist: '/dist', node: '/node' }
  return fileReports(masked, { files: systemFiles(), paths }).read({ kind, path: file, reruns }, { folder, ...(since === undefined ? {} : { since }) })
}

/** The one report that is there; what is wrong with it ends the test. */
export async function contentOf<K extends ReportKind>(kind: K, file: string, more: Partial<NamedReport> = {}): Promise<Extract<ReportContent, { kind: K }>> {
  const { contents, faults } = await readReport(kind, file, more)
  if (faults.length > 0 || contents.length !== 1) throw new Error(`${file}: ${JSON.stringify(faults)}, ${contents.length} contents`)
  return contents[0] as Extract<ReportContent, { kind: K }>
}

export async function faultOf(kind: ReportKind, file: string, more: Parameters<typeof readReport>[2] = {}): Promise<string> {
  const { contents, faults } = await readReport(kind, file, more)
  if (contents.length > 0 || faults.length !== 1) throw new Error(`${file}: ${contents.length} contents, ${JSON.stringify(faults)}`)
  return `${faults[0]!.kind}: ${faults[0]!.detail}`
}
