import type { Engine } from '../../../../ports/engine.js'
import { fieldsOf, listOf, textOf, type Fields, type Json } from './literal.js'
import type { Stack } from './stack.js'

const LOOK_MS = 20_000

/** A container of the user's own project. */
export interface UserContainer {
  readonly name: string
  readonly service: string
  /** `running`, `exited`, `created` … */
  readonly status: string
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  readonly exitCode: number
  /** As its compose file named it. */
  readonly image: string
  readonly imageId: string
  readonly labels: Fields
  /** Has ports of the host, or is to have them when it runs. */
  readonly publishes: boolean
  /** By name; one without any never ran. */
  readonly networks: readonly string[]
}

/** All of them, running or not, without those of `docker compose run`. */
export async function userContainers({ project }: Pick<Stack, 'project'>, engine: Engine): Promise<readonly UserContainer[]> {
  const listed = await engine.run({
    what: `list the containers of project \`${project}\` on ${engine.name}`, timeoutMs: LOOK_MS,
    argv: ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=com.docker.compose.project=${project}`, '--filter', 'label=com.docker.compose.oneoff=False'],
  })
  const ids = listed.stdout.split('\n').filter(Boolean)
  if (ids.length === 0) return []
  // One that goes meanwhile is left out.
  const { stdout } = await engine.run({
    what: `look at the containers of project \`${project}\` on ${engine.name}`, timeoutMs: LOOK_MS,
    argv: ['inspect', '--type', 'container', '--format', '{{json .}}', ...ids], accept: [0, 1],
  })
  return stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => containerIn(fieldsOf(plain(JSON.parse(line)))))
}

function containerIn(found: Fields): UserContainer {
  const config = fieldsOf(found['Config'])
  const state = fieldsOf(found['State'])
  const labels = fieldsOf(config['Labels'])
  const health = textOf(fieldsOf(state['Health'])['Status'])
  const bindings = Object.values(fieldsOf(fieldsOf(found['HostConfig'])['PortBindings'])).flatMap(listOf)
  return {
    name: (textOf(found['Name']) ?? '').replace(/^\//, ''),
    service: textOf(labels['com.docker.compose.service']) ?? '',
    status: textOf(state['Status']) ?? '',
    health: (['starting', 'healthy', 'unhealthy'] as const).find((known) => known === health) ?? 'none',
    exitCode: Number(state['ExitCode'] ?? 0),
    image: textOf(config['Image']) ?? '',
    imageId: textOf(found['Image']) ?? '',
    labels,
    publishes: bindings.length > 0,
    networks: Object.keys(fieldsOf(fieldsOf(found['NetworkSettings'])['Networks'])),
  }
}

/** Parsed JSON of the engine, which means its `$` as they are. */
export function plain(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]))
}
