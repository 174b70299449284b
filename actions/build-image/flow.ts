import type { ScanGate } from '../../core/delivery/scan-gate.js'
import { standardLabels } from '../../core/domain/image-labels.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Builder, BuildRequest, EngineRequest } from '../../core/ports/builder.js'
import type { ImageRegistry } from '../../core/ports/image-registry.js'
import type { Signer } from '../../core/ports/signatures.js'
import type { BuildOutcome } from './outcome.js'
import { examine } from './examine.js'
import { grown } from './growth.js'
import { tagsFor } from './naming.js'
import { outcome, type Made } from './report.js'
import type { ImageRequest } from './request.js'
import { doubted, signed, together } from './sign.js'
import { originOf, type Origin } from './source.js'

export interface BuildPorts {
  readonly builder: Builder
  /** Where the builder pushes to one. */
  readonly registry?: ImageRegistry
  /** Where `build.scan` asks for one. */
  readonly gate?: ScanGate
  /** Opened where `build.sign` asks for one. */
  readonly signer?: () => Promise<Signer>
}

/** Builds the image once, or finds that it is there already, and announces it by digest. */
export async function buildImage(request: ImageRequest, { builder, registry, ...examiners }: BuildPorts, ambient: Ambient): Promise<BuildOutcome> {
  const start = ambient.clock.now()

  // 1. What is it called, and from when is it? Is what examines it there?
  const origin = await originOf(request, ambient)
  await examiners.gate?.scanner.present()

  // 2. Is an image of this very content there already?  3. If not, build it. It has no name yet, only its digest.
  ambient.log.step(`Build ${request.settings.app} ${origin.version} with ${builder.name}`)
  let built = await builder.build(builderRequest(request, origin))
  const made = (): Made => ({ built, origin, tookMs: ambient.clock.now() - start })

  // Only what was built here, or signed by us before, gets our signature.
  const doubt = await doubted(request, made(), examiners.signer, ambient)
  if (doubt.refused.length > 0) return outcome(request, { ...doubt, made: made() })
  if (doubt.again) built = await builder.build(builderRequest({ ...request, reuse: false }, origin))

  // 4. Examine it, also when it was there already. What is refused is neither signed nor named.
  const examined = together(together(doubt, await examine(request, made(), examiners, ambient)), await grown(request, made(), registry, ambient))
  if (examined.refused.length > 0) return outcome(request, { ...examined, made: made() })

  // 5. Sign it.
  const signing = together(examined, await signed(request, made(), examiners.signer, ambient))
  if (signing.refused.length > 0) return outcome(request, { ...signing, made: made() })

  // 6. Give it its names, and tell. With the one of its content it will be used again.
  const tags = registry === undefined ? [] : tagsFor(request, built, origin)
  await registry?.tag(built.image, tags)
  ambient.log.info(`${built.reused ? 'Used again' : 'Built'}: ${built.image}`)
  return outcome(request, { ...signing, made: { ...made(), tags } })
}

function builderRequest(request: ImageRequest, origin: Origin): BuildRequest {
  const { settings, target, args } = request
  return {
    app: settings.app,
    version: origin.version,
    context: settings.context,
    file: settings.file,
    ...(target === undefined ? {} : { target }),
    args,
    labels: { ...standardLabels({ app: settings.app, ...origin }), ...request.labels },
    platforms: settings.platforms,
    sourceDate: origin.sourceDate,
    destination: request.destination ?? settings.repository ?? `${settings.state}/images`,
    apart: [settings.state],
    ...(settings.builder === 'buildx' ? { engine: engineRequest(request) } : {}),
  }
}

function engineRequest({ settings, reuse }: ImageRequest): EngineRequest {
  const { contexts, secrets, cache, attestations, sbomGenerator } = settings
  return { contexts, secrets, attestations, reuse, ...(cache === undefined ? {} : { cache }), ...(sbomGenerator === undefined ? {} : { sbomGenerator }) }
}
