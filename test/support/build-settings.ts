import type { BuildSettings } from '../../core/domain/environment.js'

/** Settings of a build as the configuration settles them, without anything that was asked for. */
export function buildSettings(more: Partial<BuildSettings> & Pick<BuildSettings, 'state' | 'context'>): BuildSettings {
  return { app: 'shop', builder: 'oci-layout', file: 'Dockerfile', contexts: {}, secrets: {}, platforms: ['linux/amd64'], attestations: 'full', tags: [], ...more }
}
