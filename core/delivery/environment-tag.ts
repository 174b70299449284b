import type { Environment } from '../domain/environment.js'
import { pinnedImage, servingImage, type Release } from '../domain/release.js'
import { EcluseError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { ImageRegistry } from '../ports/image-registry.js'

/** Opens the registry for as long as `work` takes. */
export type AtRegistry = (ambient: Ambient, work: (registry: ImageRegistry) => Promise<void>) => Promise<void>

/** What serves is decided by then; nobody waits long for a name. */
const LIMIT_MS = 30_000

/**
 * Moves the tag of the environment's name to what is green there now. Nothing is ever deployed by that tag; it is for people and for
 * comparing sizes. So a registry that refuses or is silent costs a warning, never the delivery. The lines are for the summary.
 */
export async function moveTag(environment: Pick<Environment, 'name' | 'movesTag'>, release: Release, at: AtRegistry | undefined, ambient: Ambient): Promise<readonly string[]> {
  if (environment.movesTag !== true || at === undefined) return []
  const lines: string[] = []
  for (const image of taggedImages(release)) {
    const name = `${pinnedImage(image)!.name}:${environment.name}`
    try {
      await at(ambient.shielded(LIMIT_MS), (registry) => registry.tag(image, [environment.name]))
      lines.push(`\`${name}\` is ${pinnedImage(image)!.digest}`)
    } catch (fault) {
      if (!(fault instanceof EcluseError)) throw fault
      ambient.log.warn(`The tag \`${name}\` was not moved: ${fault.message}`)
      lines.push(`\`${name}\` was not moved: ${fault.message}`)
    }
  }
  return lines
}

/** One image for each repository; where components share one, its tag is that of what takes traffic. */
function taggedImages(release: Release): readonly string[] {
  const serving = servingImage(release)
  const pinned = [serving, ...Object.values(release.images)].filter((image) => !image.startsWith('oci-layout://') && pinnedImage(image) !== undefined)
  return pinned.filter((image, index) => pinned.findIndex((other) => pinnedImage(other)!.name === pinnedImage(image)!.name) === index)
}

/** For the summary; nothing where no tag moves. */
export function tagRows(lines: readonly string[] | undefined): readonly (readonly [string, string])[] {
  return (lines ?? []).map((line) => ['Tag', line])
}
