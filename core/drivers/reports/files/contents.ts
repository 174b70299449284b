import { auditAdvisories } from '../../../domain/quality/advisories.js'
import { coverageXmlFiles } from '../../../domain/quality/coverage-xml.js'
import type { XmlElement } from '../../../domain/quality/element.js'
import { istanbulFiles } from '../../../domain/quality/istanbul.js'
import { junitTests } from '../../../domain/quality/junit-report.js'
import { lcovFiles } from '../../../domain/quality/lcov.js'
import { sarifFindings } from '../../../domain/quality/sarif.js'
import type { NamedReport } from '../../../domain/quality/settings.js'
import type { ReportContent } from '../../../ports/reports.js'

type Mask = (text: string) => string

/** What a report's text tells. Throws a `TypeError` that says why it can't be read. */
export async function contentOf({ kind, reruns }: Pick<NamedReport, 'kind' | 'reruns'>, text: string, masked: Mask): Promise<ReportContent> {
  if (text.trim() === '') throw new TypeError('it is empty')
  if (kind === 'junit') return { kind, tests: junitTests(await xml(text, masked), { reruns }) }
  if (kind === 'sarif') return { kind, report: sarifFindings(json(text, masked)) }
  if (kind === 'advisories') return { kind, report: auditAdvisories(json(text, masked)) }
  const first = text.trimStart()[0]
  if (first === '<') return { kind, files: coverageXmlFiles(await xml(text, masked)) }
  return { kind, files: first === '{' ? istanbulFiles(json(text, masked)) : lcovFiles(masked(text)) }
}

/** The parser loads when there is XML to read. */
async function xml(text: string, masked: Mask): Promise<XmlElement> {
  const { parseXml } = await import('./xml.js')
  return maskedElement(parseXml(text), masked)
}

/** Once it is parsed: written with entities a secret does not look like itself. */
function maskedElement({ name, attributes, children, text }: XmlElement, masked: Mask): XmlElement {
  return {
    name,
    attributes: new Map([...attributes].map(([key, value]) => [key, masked(value)])),
    children: children.map((child) => maskedElement(child, masked)),
    text: text.trim() === '' ? '' : masked(text),
  }
}

function json(text: string, masked: Mask): unknown {
  try {
    return JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? masked(value) : value)) as unknown
  } catch {
    throw new TypeError('it is not JSON')
  }
}
