import { InputError } from '../../../../errors/families.js'
import type { Release } from '../../../../domain/release.js'
import { escaped, fieldsOf, isFields, listOf, textOf, without, writtenOf, type Fields } from './literal.js'
import type { Stack, StackNetwork } from './stack.js'

/** What belongs to the one container that compose would make of a service, and not to several beside each other. */
const DROPPED = [
  'build', 'container_name', 'depends_on', 'deploy', 'develop', 'env_file', 'environment', 'extends', 'image', 'label_file', 'labels', 'links', 'mac_address',
  'networks', 'ports', 'profiles', 'pull_policy', 'restart', 'scale',
]

/** By these a reverse proxy finds its way to a container. They are the edge's: else requests would go round it. */
const FRONT_LABELS = /^(?:traefik|caddy)(?:[._]|$)/
const FRONT_VARIABLES = /^(?:VIRTUAL_|LETSENCRYPT_)/

export interface Meant {
  readonly image: string
  readonly environment: Fields
  readonly labels: Readonly<Record<string, string>>
}

/**
 * A service as one of ours, ready to be written: another image, more variables and labels, nothing published, started again with
 * the engine; past releases lose that when they are stopped.
 */
export function ownService(definition: Fields, { image, environment, labels }: Meant): Fields {
  const resources = fieldsOf(definition['deploy'])['resources']
  return {
    ...fieldsOf(writtenOf(without(definition, DROPPED))),
    image,
    environment,
    labels: { ...fieldsOf(writtenOf(kept(definition['labels'], FRONT_LABELS))), ...fieldsOf(writtenOf(labels)) },
    restart: 'always',
    ...(resources === undefined ? {} : { deploy: { resources: writtenOf(resources) } }),
  }
}

export interface EnvironmentGiven {
  readonly release: Release
  /** Variable of the release → variable of the environment that holds its value. */
  readonly secretSettings: Readonly<Record<string, string>>
  /** Ours, which win. */
  readonly own: Readonly<Record<string, string>>
}

const VARIABLE = /^[A-Za-z_]\w*$/

/** As it is written: the compose file's, then the release's settings; secrets by the name of the variable that compose takes them from. */
export function ownEnvironment(definition: Fields, { release, secretSettings, own }: EnvironmentGiven): Fields {
  const odd = Object.entries(secretSettings).filter(([, variable]) => !VARIABLE.test(variable))
  const [first, ...others] = odd.map(([name, variable]) => ({ code: 'input-invalid' as const, message: `Secret setting \`${name}\` is to come from "${variable}", which is no name of a variable.` }))
  if (first !== undefined) throw new InputError([first, ...others])
  const secrets = Object.entries(secretSettings).map(([name, variable]) => [name, `\${${variable}?secret setting ${name}}`])
  return {
    ...fieldsOf(writtenOf(kept(definition['environment'], FRONT_VARIABLES))),
    ...fieldsOf(writtenOf(release.settings)),
    ...Object.fromEntries(secrets),
    ...fieldsOf(writtenOf(own)),
  }
}

function kept(value: Fields[string] | undefined, front: RegExp): Fields {
  return Object.fromEntries(Object.entries(fieldsOf(value)).filter(([key]) => !front.test(key)))
}

/** What a reverse proxy reads from the container that it sends requests to. */
export function frontMarks(definition: Fields): { readonly labels: readonly string[]; readonly variables: readonly string[] } {
  const pairs = (value: Fields[string] | undefined, front: RegExp): readonly string[] =>
    Object.entries(fieldsOf(value)).flatMap(([key, entry]) => (front.test(key) && typeof entry === 'string' ? [`${key}=${entry}`] : []))
  return { labels: pairs(definition['labels'], FRONT_LABELS), variables: pairs(definition['environment'], FRONT_VARIABLES) }
}

/** The service's networks without its names and addresses there, which are the edge's. */
export function ownNetworks(definition: Fields, networks: readonly StackNetwork[]): Fields {
  const all = fieldsOf(definition['networks'])
  const fixed = ['aliases', 'ipv4_address', 'ipv6_address', 'link_local_ips', 'mac_address']
  return Object.fromEntries(networks.map(({ key }) => {
    const entry = all[key]
    const rest = isFields(entry) ? without(entry, fixed) : {}
    return [key, Object.keys(rest).length === 0 ? null : writtenOf(rest)]
  }))
}

/** The top of a document: what its services use, none of it made or taken away with them. */
export function surroundingsOf({ model }: Pick<Stack, 'model'>, service: Fields, used: { readonly networks: readonly Named[]; readonly volumes: readonly Named[] }): Fields {
  const external = (all: readonly Named[]): Fields => Object.fromEntries(all.map(({ key, name }) => [key, { external: true, name: escaped(name) }]))
  const picked = (references: Fields[string] | undefined, all: Fields): Fields => {
    const sources = new Set(listOf(references).map((entry) => textOf(fieldsOf(entry)['source'])))
    return fieldsOf(writtenOf(Object.fromEntries(Object.entries(all).filter(([key]) => sources.has(key)))))
  }
  const parts = {
    networks: external(used.networks), volumes: external(used.volumes),
    secrets: picked(service['secrets'], model.secrets), configs: picked(service['configs'], model.configs),
  }
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0))
}

interface Named {
  readonly key: string
  readonly name: string
}
