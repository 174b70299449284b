/** A build by buildx in a process of its own, for tests that kill it. */
import type { BuildRequest } from '../../../core/ports/builder.js'
import { contentTag } from '../../../core/domain/image-labels.js'
import { buildLab } from './registry-lab.js'

const request: BuildRequest = JSON.parse(process.argv[2] ?? '')
const { builder, registry } = await buildLab()
const built = await builder.build(request)
await registry.tag(built.image, [contentTag(built.contentKey ?? 'none')])
process.stdout.write(JSON.stringify(built))
