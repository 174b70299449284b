import { examineImage, type ScanGate } from '../../core/delivery/scan-gate.js'
import { inCheckout } from '../../core/domain/quality/place.js'
import { countsOf, gateMessage, gateSummary, notScanned } from '../../core/domain/vulnerability-summary.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Examined } from './examine.js'
import type { Made } from './report.js'
import type { ImageRequest } from './request.js'

/** The gate for known vulnerabilities; without one the summary says that nobody looked. */
export async function scanned({ settings }: ImageRequest, { built, origin }: Made, gate: ScanGate | undefined, ambient: Ambient): Promise<Examined> {
  const { app, state, platforms, scan: policy } = settings
  if (policy === undefined) return { refused: [], parts: notScanned, outputs: {} }
  if (gate === undefined) throw new Error('a scan is asked for, and nobody opened a scanner')
  ambient.log.step(`Look for known vulnerabilities with ${gate.scanner.name}`)
  const dockerfile = dockerfileIn(settings, ambient.paths.work)
  const { scan, decision, sarif } = await examineImage({ app, image: built.image, platforms, policy, dockerfile, evidence: `${state}/evidence` }, gate, ambient)
  const { reason } = decision
  return {
    refused: reason === 'passed' ? [] : [{ reason, message: gateMessage(scan, decision, policy, `${app} ${origin.version}`) }],
    parts: gateSummary(scan, decision, policy),
    outputs: { sarif, vulnerabilities: JSON.stringify(countsOf(decision)) },
  }
}

/** As the repository names it; only its name where it lies elsewhere. */
export function dockerfileIn({ context, file }: Pick<ImageRequest['settings'], 'context' | 'file'>, work: string): string {
  const whole = file.startsWith('/') ? file : `${context}/${file}`
  const inside = inCheckout(whole.replaceAll(/\/(?:\.?\/)+/g, '/'), work)
  return /^(?:\/|\.\.\/)/.test(inside) ? inside.slice(inside.lastIndexOf('/') + 1) : inside
}
