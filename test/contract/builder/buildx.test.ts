import { afterAll } from '@jest/globals'
import { contentTag } from '../../../core/domain/image-labels.js'
import type { Built } from '../../../core/ports/builder.js'
import { withEngines } from '../../support/engines/index.js'
import { removeFolders } from './context.js'
import { buildLab, seeInRegistry } from './registry-lab.js'
import { builderContract } from './suite.js'

afterAll(removeFolders)

withEngines(['docker'], 'buildx', () => {
  builderContract('buildx', async () => {
    const { builder, registry, lab } = await buildLab()
    const accept = ({ image, contentKey }: Built): Promise<void> => registry.tag(image, [contentTag(contentKey ?? 'none')])
    return { builder, destination: `${lab.registry}/${lab.unique('suite')}`, see: seeInRegistry, accept, labels: 'content' }
  })
})
