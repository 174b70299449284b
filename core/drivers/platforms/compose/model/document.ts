import { servingImage, type Release } from '../../../../domain/release.js'
import type { Fields } from './literal.js'
import { ownEnvironment, ownNetworks, ownService, surroundingsOf } from './service.js'
import type { Stack } from './stack.js'

export interface DocumentGiven {
  readonly stack: Stack
  readonly release: Release
  readonly scope: string
  readonly environment: string
  /** Variable of the release → variable of the environment that holds its value. */
  readonly secretSettings: Readonly<Record<string, string>>
}

/**
 * What one launch of a release is, as JSON for `docker compose --project-name ecluse-<scope>-<instance> --file - up`. Each replica is
 * a service of its own, called as its container: compose gives a service's name to its containers on every network, and the name
 * of the user's service belongs to the edge. Secret settings are named, not told: compose takes them from the environment it runs
 * in, and refuses when one is missing. Networks and volumes are the user's own, and have to be there.
 */
export function instanceDocument({ stack, release, instance, scope, environment, secretSettings }: DocumentGiven & { readonly instance: string }): string {
  const { definition } = stack
  const service = {
    ...ownService(definition, {
      image: servingImage(release),
      environment: ownEnvironment(definition, { release, secretSettings, own: { ECLUSE_VERSION: release.version, ECLUSE_INSTANCE: instance, ECLUSE_ENVIRONMENT: environment } }),
      labels: { ...releaseLabels(scope, release), 'ecluse.role': 'release', 'ecluse.instance': instance, 'ecluse.service': stack.service },
    }),
    networks: ownNetworks(definition, stack.networks),
  }
  const services = Object.fromEntries(stack.containersOf(scope, instance).map((name) => [name, { ...service, container_name: name }]))
  return textOfDocument(services, surroundingsOf(stack, definition, stack))
}

export function containersOf(scope: string, instance: string, replicas: number): readonly string[] {
  return Array.from({ length: replicas }, (_, index) => `ecluse-${scope}-${instance}-${index + 1}`)
}

function releaseLabels(scope: string, release: Release): Readonly<Record<string, string>> {
  return { 'ecluse.scope': scope, 'ecluse.version': release.version, 'ecluse.release': JSON.stringify(release) }
}

function textOfDocument(services: Fields, surroundings: Fields): string {
  return `${JSON.stringify({ services, ...surroundings }, undefined, 1)}\n`
}
