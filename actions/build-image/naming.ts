import { contentTag } from '../../core/domain/image-labels.js'
import { tagOf } from '../../core/domain/image-name.js'
import type { Built } from '../../core/ports/builder.js'
import type { ImageRequest } from './request.js'
import { SHORT, type Origin } from './source.js'

/**
 * The tags of an image that passed: its version, its commit, its content, and what was asked for. `latest` and the tags of
 * environments are none of them: what moves without a release is never deployed.
 */
export function tagsFor({ settings }: ImageRequest, built: Built, { version, commit, dirty }: Origin): readonly string[] {
  const named = tagOf(version)
  return [...new Set([
    ...(named === undefined ? [] : [named]),
    // What was changed after the commit is not what the commit names.
    ...(commit === '' || dirty ? [] : [`sha-${commit.slice(0, SHORT)}`]),
    ...(built.contentKey === undefined ? [] : [contentTag(built.contentKey)]),
    ...settings.tags,
  ])]
}
