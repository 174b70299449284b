import type { ImageLayer } from '../../../ports/image-registry.js'
import type { Configuration, ManifestLayer } from './decode.js'

/** Names each layer by the instruction that made it. */
export function layersOf(layers: readonly ManifestLayer[], configuration: Configuration | undefined): readonly ImageLayer[] {
  const makers = configuration?.makers ?? []
  // The history of a foreign base may be shorter than its layers: count from the end.
  return layers.map(({ digest, size }, index) => ({ digest, bytes: size, createdBy: shown(makers[makers.length - layers.length + index] ?? '') }))
}

/** `RUN /bin/sh -c npm ci # buildkit` is `RUN npm ci` to whoever wrote it. */
function shown(createdBy: string): string {
  return createdBy
    .replace(/\s*# buildkit$/, '')
    .replace(/^RUN (?:\|\d+ (?:\S+=\S* )*)?\/bin\/sh -c /, 'RUN ')
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

export function largest(images: readonly (readonly ImageLayer[])[]): { readonly layers: readonly ImageLayer[]; readonly bytes: number } {
  const sized = images.map((layers) => ({ layers, bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0) }))
  return sized.reduce((most, one) => (one.bytes > most.bytes ? one : most), { layers: [], bytes: 0 })
}
