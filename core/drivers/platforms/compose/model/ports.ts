import type { ComposeOptions } from '../../../../domain/environment.js'
import { parsePublished } from '../../../../domain/published-port.js'
import type { Problem } from '../../../../errors/families.js'
import { problem } from './files.js'
import { fieldsOf, listOf, textOf, type Fields, type Json } from './literal.js'
import type { Published } from './stack.js'

export interface Ports {
  /** 0 where it is not known. */
  readonly port: number
  readonly published: readonly Published[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

interface Entry {
  readonly target: number
  readonly protocol: string
  /** As it was written: a port, a range, or nothing. */
  readonly published: string
  readonly address?: string
}

/** On which port the service answers, and which ports of the host lead there. */
export function portsOf(definition: Fields, { service, port: chosen, publish }: Pick<ComposeOptions, 'service' | 'port' | 'publish'>): Ports {
  const entries = listOf(definition['ports']).map(entryOf)
  const tcp = entries.filter(({ protocol }) => protocol === 'tcp')
  const named = distinct(tcp.length > 0 ? tcp.map(({ target }) => target) : exposed(definition))
  const port = chosen ?? (named.length === 1 ? named[0]! : 0)
  const own = tcp.filter(({ target }) => target === port)
  const lost = entries.filter((entry) => !own.includes(entry) && entry.published !== '')
  const ranges = publish === undefined ? own.filter(({ published }) => published.includes('-')) : []
  return {
    port,
    published: publish === undefined ? own.filter((entry) => !ranges.includes(entry)).map(publishedOf) : publish.flatMap((written) => parsePublished(written) ?? []),
    problems: [
      ...(port > 0 ? [] : [noPort(service, named)]),
      ...ranges.map(({ published }) => problem(`Service \`${service}\` publishes the range ${published}; the edge takes single ports.`, 'Write one port in `ports`, or name those of the edge in `publish`.')),
    ],
    warnings: port === 0 ? [] : lost.map((entry) => `Port ${entry.published} of the host led to port ${entry.target}/${entry.protocol} of \`${service}\`; only port ${port}/tcp is behind the edge, so it is not published any more.`),
  }
}

function noPort(service: string, named: readonly number[]): Problem {
  const observed = named.length === 0 ? 'names no port that it listens on' : `names several ports: ${named.join(', ')}`
  return problem(`Service \`${service}\` ${observed}.`, 'Set `port` to the one that takes the requests.')
}

function entryOf(value: Json): Entry {
  const { target, published, protocol, host_ip: address } = fieldsOf(value)
  const host = textOf(address)
  return {
    target: Number(target ?? 0),
    protocol: textOf(protocol) ?? 'tcp',
    published: typeof published === 'number' ? String(published) : textOf(published) ?? '',
    ...(host === undefined || host === '' ? {} : { address: host }),
  }
}

function publishedOf({ published, address }: Entry): Published {
  return { ...(address === undefined ? {} : { address }), ...(published === '' || published === '0' ? {} : { port: Number(published) }) }
}

function exposed(definition: Fields): readonly number[] {
  return listOf(definition['expose']).flatMap((entry) => {
    const [, port, protocol = 'tcp'] = /^(\d+)(?:\/(\w+))?$/.exec(typeof entry === 'number' ? `${entry}` : textOf(entry) ?? '') ?? []
    return port === undefined || protocol !== 'tcp' ? [] : [Number(port)]
  })
}

function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)]
}
