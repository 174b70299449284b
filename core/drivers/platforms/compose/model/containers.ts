import type { Engine } from '../../../../ports/engine.js'
import { fieldsOf, listOf, textOf, textsOf, type Fields, type Json } from './literal.js'
import type { Stack } from './stack.js'

const LOOK_MS = 20_000

/** Only what is used: all that an engine says of a container is several kB, and of long answers it is the end that is kept. */
const FORMAT = [
  '{"name":{{json .Name}},"image":{{json .Config.Image}},"imageId":{{json .Image}},"status":{{json .State.Status}},"exitCode":{{json .State.ExitCode}}',
  '"health":{{with .State.Health}}{{json .Status}}{{else}}null{{end}}',
  '"service":{{json (index .Config.Labels "com.docker.compose.service")}},"version":{{json (index .Config.Labels "org.opencontainers.image.version")}}',
  '"ports":[{{range .HostConfig.PortBindings}}{{len .}},{{end}}0],"networks":[{{range $name, $one := .NetworkSettings.Networks}}{{json $name}},{{end}}null]}',
].join(',')

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
  /** What its image says of itself; `''` where it says nothing. */
  readonly version: string
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
    argv: ['inspect', '--type', 'container', '--format', FORMAT, ...ids], accept: [0, 1],
  })
  return stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => containerIn(fieldsOf(plain(JSON.parse(line)))))
}

function containerIn(found: Fields): UserContainer {
  const health = textOf(found['health'])
  return {
    name: (textOf(found['name']) ?? '').replace(/^\//, ''),
    service: textOf(found['service']) ?? '',
    status: textOf(found['status']) ?? '',
    health: (['starting', 'healthy', 'unhealthy'] as const).find((known) => known === health) ?? 'none',
    exitCode: Number(found['exitCode'] ?? 0),
    image: textOf(found['image']) ?? '',
    imageId: textOf(found['imageId']) ?? '',
    version: textOf(found['version']) ?? '',
    publishes: listOf(found['ports']).some((count) => count !== 0),
    networks: textsOf(found['networks']),
  }
}

/** Parsed JSON of the engine, which means its `$` as they are. */
export function plain(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]))
}
