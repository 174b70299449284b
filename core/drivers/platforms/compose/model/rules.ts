import type { Problem } from '../../../../errors/families.js'
import { problem } from './files.js'
import { fieldsOf, isFields, isList, listOf, textOf, textsOf, type Fields, type Json } from './literal.js'
import { MOST_REPLICAS } from './stack.js'

/** Why a service can't run as several releases beside each other, behind an edge. */
export function serviceProblems(name: string, definition: Fields): readonly Problem[] {
  return [...networkProblems(name, definition), ...replicaProblems(name, definition), ...tieProblems(name, definition)]
}

/** What will be otherwise than the file says, for people. */
export function serviceWarnings(name: string, definition: Fields): readonly string[] {
  const container = textOf(definition['container_name'])
  return [
    ...(hasHealthcheck(definition) ? [] : [`Service \`${name}\` has no healthcheck in the compose files. "Running" is not "healthy": unless the image brings one, only the edge's own HTTP check tells whether a release is well.`]),
    ...(container === undefined ? [] : [`Service \`${name}\` has \`container_name: ${container}\`; releases run beside each other under names of their own, and others on its networks find the edge by that name.`]),
  ]
}

export function hasHealthcheck(definition: Fields): boolean {
  const { disable, test } = fieldsOf(definition['healthcheck'])
  if (disable === true || test === undefined || test === null) return false
  return isList(test) ? test.length > 0 && test[0] !== 'NONE' : test !== ''
}

/** Containers that the service has. `deploy.mode: global` means one on each host. */
export function replicasOf(definition: Fields): number {
  const written = fieldsOf(definition['deploy'])['replicas'] ?? definition['scale']
  return written === undefined || written === null ? 1 : Number(written)
}

function networkProblems(name: string, definition: Fields): readonly Problem[] {
  const mode = textOf(definition['network_mode'])
  if (mode === undefined) return []
  return [problem(`Service \`${name}\` has \`network_mode: ${mode}\`; the edge finds releases by their names on a network of the project.`, 'Take `network_mode` out; without `networks` compose gives the service the default network.')]
}

function replicaProblems(name: string, definition: Fields): readonly Problem[] {
  const replicas = replicasOf(definition)
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= MOST_REPLICAS) return []
  return [problem(`Service \`${name}\` has ${replicas} replicas; the edge has room for 1 to ${MOST_REPLICAS} of each release.`, 'Correct `deploy.replicas` or `scale`.')]
}

/** Keys whose value can be another service or its container. */
const JOINED = ['pid', 'ipc', 'uts', 'cgroup_parent']

function tieProblems(name: string, definition: Fields): readonly Problem[] {
  const links = textsOf(definition['links']).filter((link) => (link.split(':')[1] ?? link) !== link.split(':')[0])
  const joined = JOINED.filter((key) => /^(?:service|container):/.test(textOf(definition[key]) ?? ''))
  return [
    ...links.map((link) => problem(`Service \`${name}\` has the link \`${link}\`; a link holds on to one container.`, 'Give the other service that name under `networks` as one of its `aliases`.')),
    ...joined.map((key) => problem(`Service \`${name}\` has \`${key}: ${textOf(definition[key])}\`, and each release would hold on to one container.`, `Take \`${key}\` out.`)),
    ...(listOf(definition['volumes_from']).length === 0 ? [] : [problem(`Service \`${name}\` has \`volumes_from\`; each release would hold on to one container.`, 'Name the volumes under `volumes`.')]),
    ...(['provider', 'models'] as const).filter((key) => isThere(definition[key])).map((key) => problem(`Service \`${name}\` has \`${key}\`, which releases can't have beside each other.`, `Take \`${key}\` out.`)),
  ]
}

function isThere(value: Json | undefined): boolean {
  return isFields(value) || listOf(value).length > 0
}
