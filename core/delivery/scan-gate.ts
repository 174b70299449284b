import type { ImageReference } from '../domain/release.js'
import { pinnedImage } from '../domain/release.js'
import { decideGate, isOver, together, type GateDecision } from '../domain/vulnerability-gate.js'
import { scanSarif } from '../domain/vulnerability-sarif.js'
import type { Scan, ScanPolicy } from '../domain/vulnerability.js'
import type { Ambient } from '../ports/ambient.js'
import type { ImageArchives } from '../ports/image-archives.js'
import type { Scanner } from '../ports/scanner.js'

export interface ScanGate {
  readonly scanner: Scanner
  readonly archives: ImageArchives
}

export interface GateRequest {
  readonly app: string
  readonly image: ImageReference
  /** Each is examined: packages differ from one to the other. */
  readonly platforms: readonly string[]
  readonly policy: ScanPolicy
  /** As the repository names it. */
  readonly dockerfile: string
  /** Folder for the report. */
  readonly evidence: string
}

export interface Gated {
  readonly scan: Scan
  readonly decision: GateDecision
  /** Path of the SARIF file, which is written whatever was decided. */
  readonly sarif: string
}

/** Has an image examined and decides whether it may be handed on. Nothing that could not be observed passes. */
export async function examineImage(request: GateRequest, gate: ScanGate, ambient: Ambient): Promise<Gated> {
  const { app, image, policy } = request
  const scans: { platform: string; scan: Scan }[] = []
  for (const platform of request.platforms) scans.push({ platform, scan: await scanOf(image, platform, gate, ambient) })
  const scan = together(scans)
  const now = ambient.clock.now()
  const decision = decideGate(scan, policy, now)
  const digest = (pinnedImage(image)?.digest ?? image).replace(/^sha256:/, '').slice(0, 12)
  const sarif = `${request.evidence}/vulnerabilities-${app.replaceAll(/[^\w.-]+/g, '-')}-${digest}.sarif`
  await ambient.files.write(sarif, `${JSON.stringify(scanSarif(scan, decision, { app, image, dockerfile: request.dockerfile, at: now }), null, 2)}\n`)
  tell(scan, decision, now, ambient)
  return { scan, decision, sarif }
}

/** The archive can be as large as the image: each is taken away before the next. */
async function scanOf(image: ImageReference, platform: string, { scanner, archives }: ScanGate, { files }: Ambient): Promise<Scan> {
  const folder = await files.temporary('ecluse-image-')
  try {
    const archive = `${folder}/image.tar`
    await archives.save(image, platform, archive)
    return await scanner.scan({ image, archive })
  } finally {
    await files.remove(folder)
  }
}

/** What changes nothing about the decision now, and will one day. */
function tell({ notes }: Scan, { unused, expired }: GateDecision, now: number, { log }: Ambient): void {
  for (const note of notes) log.warn(`${note}.`)
  for (const { id, until, at } of new Set(expired.map(({ entry }) => entry))) log.warn(`${at}: ${id} was accepted until ${until} and no longer is.`)
  for (const entry of unused) log.warn(`${entry.at}: ${entry.id} is not in this image${isOver(entry, now) ? `, and was accepted until ${entry.until} only` : ''}: take the entry out.`)
}
