import { createHash } from 'node:crypto'
import { edgeContainer, edgePlaces, type EdgeSetup } from '../../../../domain/edge-control/index.js'
import type { ComposeOptions } from '../../../../domain/environment.js'
import { textOf } from './literal.js'
import { frontMarks } from './service.js'
import type { Published, Stack, StackNetwork } from './stack.js'

export interface EdgeCalls {
  /** `docker create …`; its files are to be put in before it starts. */
  readonly create: readonly string[]
  /** `docker network connect …`, one for each further network. */
  readonly connect: readonly (readonly string[])[]
  /** What the container is made of, in label `ecluse.setup`: another one means another container. */
  readonly setup: string
}

export interface EdgeGiven {
  readonly scope: string
  readonly stack: Stack
  readonly options: Pick<ComposeOptions, 'edge' | 'drainMs'>
  readonly setup: Pick<EdgeSetup, 'port' | 'tls'>
}

/** Without TLS of its own, or when one of several ports is this, requests come in the clear. */
const PLAIN = 80

/**
 * The edge's container. It takes the place of the service: its name, aliases, fixed addresses and published ports, and what a
 * reverse proxy reads from labels; on every network of the service, so that the user's own nginx finds `web` as before.
 * Root without capabilities owns the volume, and is nobody on a host with user namespaces; nothing else can be written.
 */
export function edgeCalls({ scope, stack, options, setup }: EdgeGiven): EdgeCalls {
  const name = edgeContainer(scope)
  const [first, ...others] = stack.networks
  const { labels, variables } = frontMarks(stack.definition)
  const limits = [
    '--user', '0:0', '--read-only', '--cap-drop', 'ALL', '--cap-add', 'NET_BIND_SERVICE', '--security-opt', 'no-new-privileges',
    '--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3',
    // SIGUSR1 lets requests in flight end.
    '--restart', 'always', '--stop-signal', 'SIGUSR1', '--stop-timeout', String(Math.ceil(options.drainMs / 1000) + 5),
  ]
  const made = [
    ...limits,
    '--volume', `${name}:${edgePlaces.folder}`,
    ...certificate(options, setup),
    ...(first === undefined ? [] : ['--network', first.name, ...names(stack, first).flatMap((alias) => ['--network-alias', alias]), ...addresses(first)]),
    ...stack.published.flatMap((published) => ['--publish', publication(published, stack.published.length, setup)]),
    ...labels.flatMap((label) => ['--label', label]),
    ...variables.flatMap((variable) => ['--env', variable]),
    // Whatever entrypoint the image has.
    '--entrypoint', 'haproxy', options.edge.image, '-W', '-db', '-f', edgePlaces.configuration,
  ]
  const connect = others.map((network) => ['network', 'connect', ...names(stack, network).flatMap((alias) => ['--alias', alias]), ...addresses(network), network.name, name])
  const hash = createHash('sha256').update(JSON.stringify([made, connect])).digest('hex')
  return { create: ['create', '--name', name, '--label', `ecluse.scope=${scope}`, '--label', 'ecluse.role=edge', '--label', `ecluse.setup=${hash}`, ...made], connect, setup: hash }
}

function names({ service, definition }: Stack, { aliases }: StackNetwork): readonly string[] {
  const container = textOf(definition['container_name'])
  return [...new Set([service, `${service}-edge`, ...aliases, ...(container === undefined ? [] : [container])])]
}

function addresses({ ipv4, ipv6 }: StackNetwork): readonly string[] {
  return [...(ipv4 === undefined ? [] : ['--ip', ipv4]), ...(ipv6 === undefined ? [] : ['--ip6', ipv6])]
}

/** The file itself: what certbot and the like keep are links out of their folder. A renewed one is seen when the edge starts again. */
function certificate({ edge }: EdgeGiven['options'], { tls }: EdgeGiven['setup']): readonly string[] {
  return edge.certificate === undefined || tls === undefined ? [] : ['--mount', `type=bind,source=${edge.certificate},target=${tls.file},readonly`]
}

function publication({ address, port }: Published, count: number, setup: EdgeGiven['setup']): string {
  const inside = setup.tls === undefined || (port === PLAIN && count > 1) ? setup.port : setup.tls.port
  const host = address === undefined ? '' : `${address.includes(':') ? `[${address}]` : address}:`
  return `${host}${port ?? ''}${host === '' && port === undefined ? '' : ':'}${inside}/tcp`
}
