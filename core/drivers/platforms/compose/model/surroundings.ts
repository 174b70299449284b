import { StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Engine } from '../../../../ports/engine.js'
import { ensureDependencies } from './needs.js'
import { fieldsOf, writtenOf, type Fields } from './literal.js'
import type { Stack } from './stack.js'

const LOOK_MS = 20_000
const MAKE_MS = 60_000

/** Words of ours for compose in the user's own project: nothing is taken away there, and nothing said about what is not in a document. */
const CAREFUL = { COMPOSE_REMOVE_ORPHANS: '0', COMPOSE_IGNORE_ORPHANS: '1' } as const

/**
 * What the service needs around it: its networks and volumes, as compose itself would make them, and the services that it depends
 * on, in the state that it asks for. What is there is left as it is. Rejects with `compose-invalid` for what only the user can bring.
 */
export async function ensureSurroundings(stack: Stack, engine: Engine, ambient: Ambient): Promise<void> {
  const { networks, volumes } = stack
  const [haveNetworks, haveVolumes] = await Promise.all([namesOf('network', engine), namesOf('volume', engine)])
  const missing = { networks: networks.filter(({ name }) => !haveNetworks.has(name)), volumes: volumes.filter(({ name }) => !haveVolumes.has(name)) }
  refuseExternal(missing, engine)
  if (missing.networks.length + missing.volumes.length > 0) await make(stack, engine, missing)
  await ensureDependencies(stack, engine, ambient)
}

interface Part {
  readonly key: string
  readonly name: string
  readonly external: boolean
}

interface Missing {
  readonly networks: readonly Part[]
  readonly volumes: readonly Part[]
}

async function namesOf(kind: 'network' | 'volume', engine: Engine): Promise<ReadonlySet<string>> {
  const { stdout } = await engine.run({ what: `list the ${kind}s on ${engine.name}`, argv: [kind, 'ls', '--format', '{{.Name}}'], timeoutMs: LOOK_MS })
  return new Set(stdout.split('\n').filter(Boolean))
}

function refuseExternal({ networks, volumes }: Missing, engine: Engine): void {
  const words = (kind: string, parts: readonly Part[]): readonly string[] => parts.filter(({ external }) => external).map(({ name }) => `${kind} \`${name}\``)
  const absent = [...words('network', networks), ...words('volume', volumes)]
  if (absent.length === 0) return
  throw new StateError('compose-invalid', { message: `The compose files call these external, and they are not on ${engine.name}: ${absent.join(', ')}.`, fix: 'Create them there, or take `external` out.' })
}

/** No container is made for it. */
const PLACEHOLDER = 'ecluse-surroundings'

/**
 * Compose makes them, for a service of no containers, so that they carry its labels and its hash of what they are: a later `up` of
 * the user's finds its own. Only what is missing is named: compose would want to make anew what it finds otherwise than written.
 */
async function make({ project, model, projectFolder }: Stack, engine: Engine, { networks, volumes }: Missing): Promise<void> {
  const picked = (all: Fields, parts: readonly Part[]): Fields => fieldsOf(writtenOf(Object.fromEntries(parts.map(({ key }) => [key, all[key] ?? null]))))
  const document = {
    services: {
      [PLACEHOLDER]: {
        image: PLACEHOLDER, scale: 0,
        ...(networks.length === 0 ? { network_mode: 'none' } : { networks: networks.map(({ key }) => key) }),
        volumes: volumes.map(({ key }, index) => ({ type: 'volume', source: key, target: `/${index}` })),
      },
    },
    networks: picked(model.networks, networks), volumes: picked(model.volumes, volumes),
  }
  await engine.run({
    what: `make the networks and volumes of project \`${project}\` on ${engine.name}`,
    argv: ['compose', '--project-name', project, '--file', '-', 'up', '--no-start', '--no-build', '--pull', 'never'],
    stdin: JSON.stringify(document), cwd: projectFolder, userEnvironment: true, env: CAREFUL, timeoutMs: MAKE_MS,
  })
}

