import { servingImage, type Release } from '../../../../domain/release.js'
import { InputError } from '../../../../errors/families.js'
import { fieldsOf, textOf, textsOf, without, writtenOf, type Fields } from './literal.js'
import { networksOf, volumesOf } from './networks.js'
import { ownEnvironment, ownNetworks, ownService, surroundingsOf } from './service.js'
import type { Stack, StackNetwork } from './stack.js'

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

export interface WorkerDocument {
  readonly component: string
  /** The compose project that it is: the same for every release, so that `up` replaces what ran. */
  readonly project: string
  readonly text: string
}

/**
 * The other components of a release, each a service of the compose files under the same name: they take no requests, so `up` of these
 * documents replaces them at once. They keep their names on the networks and their ports; the user's own containers of these
 * services have to be stopped before. Rejects with `compose-invalid` when the compose files have no service of that name.
 */
export function workerDocuments(given: DocumentGiven): readonly WorkerDocument[] {
  const { stack, release, scope } = given
  const components = Object.keys(release.images).filter((component) => component !== release.serving).toSorted()
  const unknown = components.filter((component) => stack.model.services[component] === undefined || component === stack.service)
  const [first, ...others] = unknown.map((component) => ({
    code: 'compose-invalid' as const,
    message: `Release ${release.version} has the component \`${component}\`, and the compose files have no service of that name beside \`${stack.service}\`.`,
    fix: 'Call components as the services that run them.',
  }))
  if (first !== undefined) throw new InputError([first, ...others])
  return components.map((component) => ({ component, project: `ecluse-${scope}-worker-${component}`, text: workerText(given, component) }))
}

function workerText({ stack, release, scope, environment, secretSettings }: DocumentGiven, component: string): string {
  const definition = fieldsOf(stack.model.services[component])
  const networks = networksOf(definition, stack.model.networks, stack.project)
  const { scale } = definition
  const written = fieldsOf(definition['deploy'])
  const service = {
    ...ownService(definition, {
      image: release.images[component] ?? '',
      environment: ownEnvironment(definition, { release, secretSettings, own: { ECLUSE_VERSION: release.version, ECLUSE_ENVIRONMENT: environment } }),
      labels: { ...releaseLabels(scope, release), 'ecluse.role': 'worker', 'ecluse.component': component },
    }),
    networks: workerNetworks(definition, networks),
    ...(definition['ports'] === undefined ? {} : { ports: writtenOf(definition['ports']) }),
    ...(scale === undefined ? {} : { scale }),
    ...(Object.keys(written).length === 0 ? {} : { deploy: writtenOf(without(written, ['restart_policy'])) }),
  }
  return textOfDocument({ [component]: service }, surroundingsOf(stack, definition, { networks, volumes: volumesOf(definition, stack.model.volumes, stack.project) }))
}

/** As they are, and with the name that its container had. */
function workerNetworks(definition: Fields, networks: readonly StackNetwork[]): Fields {
  const name = textOf(definition['container_name'])
  const all = fieldsOf(definition['networks'])
  return Object.fromEntries(networks.map(({ key }) => {
    const entry = fieldsOf(all[key])
    const aliases = [...textsOf(entry['aliases']), ...(name === undefined ? [] : [name])]
    const whole = { ...entry, ...(aliases.length === 0 ? {} : { aliases }) }
    return [key, Object.keys(whole).length === 0 ? null : writtenOf(whole)]
  }))
}

function releaseLabels(scope: string, release: Release): Readonly<Record<string, string>> {
  return { 'ecluse.scope': scope, 'ecluse.version': release.version, 'ecluse.release': JSON.stringify(release) }
}

function textOfDocument(services: Fields, surroundings: Fields): string {
  return `${JSON.stringify({ services, ...surroundings }, undefined, 1)}\n`
}
