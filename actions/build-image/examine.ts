import type { ScanGate } from '../../core/delivery/scan-gate.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BuildOutputs, Reason } from './outcome.js'
import type { Made } from './report.js'
import { readableBytes } from './report.js'
import type { ImageRequest } from './request.js'
import { scanned } from './scan.js'

/** Why an image is not handed on. */
export interface Refused {
  readonly reason: Reason
  readonly message: string
}

/** What an examination of the image found out; more than one may look at it. */
export interface Examined {
  /** The first one decides what the outcome is; every one is told. */
  readonly refused: readonly Refused[]
  readonly parts: readonly SummaryPart[]
  readonly outputs: BuildOutputs
}

/** Everything that an image must stand before it is signed, named and announced. */
export async function examine(request: ImageRequest, made: Made, { gate }: { readonly gate?: ScanGate }, ambient: Ambient): Promise<Examined> {
  const found: readonly Examined[] = [sized(request, made), await scanned(request, made, gate, ambient)]
  return {
    refused: found.flatMap(({ refused }) => refused),
    parts: found.flatMap(({ parts }) => parts),
    outputs: Object.assign({}, ...found.map(({ outputs }) => outputs)),
  }
}

function sized({ settings: { app, maxBytes } }: ImageRequest, { built, origin }: Made): Examined {
  if (maxBytes === undefined || built.bytes <= maxBytes) return { refused: [], parts: [], outputs: {} }
  const [largest] = built.layers.toSorted((a, b) => b.bytes - a.bytes)
  const named = largest === undefined ? 'none' : `\`${largest.createdBy}\`, ${readableBytes(largest.bytes)}`
  const message = `${app} ${origin.version} has ${readableBytes(built.bytes)}; ${readableBytes(maxBytes)} are allowed. Take out what need not be in it (the largest layer: ${named}), or raise \`max-size\`.`
  return { refused: [{ reason: 'too-large', message }], parts: [], outputs: {} }
}
