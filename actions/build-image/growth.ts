import { growthOf } from '../../core/domain/image-growth.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { EcluseError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ImageRegistry, RegistryImage } from '../../core/ports/image-registry.js'
import type { Examined } from './examine.js'
import { readableBytes, type Made } from './report.js'
import type { ImageRequest } from './request.js'

const MOST_ROWS = 10

/** What the image has more than the release before. It is for people: that it can't be told keeps nothing back. */
export async function grown({ settings: { compareWith } }: ImageRequest, { built }: Made, registry: ImageRegistry | undefined, { log }: Ambient): Promise<Examined> {
  const told = (...parts: readonly SummaryPart[]): Examined => ({ refused: [], parts, outputs: {} })
  if (compareWith === undefined || registry === undefined || built.reused) return told()
  try {
    const before = await registry.look(compareWith)
    return told(before === undefined ? { kind: 'text', text: `There is no \`${compareWith}\` yet to compare sizes with.` } : compared(compareWith, before, built.layers))
  } catch (thrown) {
    if (!(thrown instanceof EcluseError) || thrown.code === 'aborted') throw thrown
    log.info(`Sizes are not compared with \`${compareWith}\`: ${thrown.message}`)
    return told()
  }
}

function compared(name: string, before: RegistryImage, layers: Made['built']['layers']): SummaryPart {
  const { total, changes } = growthOf(before.layers, layers)
  const title = `${total === 0 ? 'As large as' : `${readableBytes(Math.abs(total))} ${total > 0 ? 'more' : 'less'} than`} ${name}`
  if (changes.length === 0) return { kind: 'text', text: `${title}: the layers are the same.` }
  const size = (bytes: number | undefined): string => (bytes === undefined ? '–' : readableBytes(bytes))
  const rows = changes.slice(0, MOST_ROWS).map(({ createdBy, before: was, after: is }) => [createdBy, size(was), size(is)])
  const more = changes.length - rows.length
  return { kind: 'table', title: more > 0 ? `${title} (${more} more layers changed)` : title, columns: ['Created by', 'Before', 'Now'], rows }
}
