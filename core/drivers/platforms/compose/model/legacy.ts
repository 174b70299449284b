import { StateError } from '../../../../errors/families.js'
import type { Engine } from '../../../../ports/engine.js'
import { plain, userContainers, type UserContainer } from './containers.js'
import { fieldsOf, textsOf } from './literal.js'
import type { Stack } from './stack.js'

const LOOK_MS = 20_000

/** What the user's own `docker compose up` left running for a service. */
export interface Legacy {
  /** Of its containers, those that run. */
  readonly names: readonly string[]
  /** By digest where the engine knows one, else by the id that the image has on this host. */
  readonly image: string
  /** What the image says of itself, else its tag, else the beginning of its id. */
  readonly version: string
  /** Each is healthy, or has no healthcheck and runs. */
  readonly healthy: boolean
  /** It has ports of the host, which the edge can only have after it. */
  readonly publishes: boolean
  /** Running containers of the services that keep addresses, see `edge.reload`. */
  readonly front: readonly string[]
}

/** `undefined` when nothing runs. Rejects with `stack-not-adopted` when its containers run different images: which one serves nobody could say. */
export async function legacyContainers(stack: Stack, engine: Engine, service: string = stack.service): Promise<Legacy | undefined> {
  const running = (await userContainers(stack, engine)).filter(({ status }) => status === 'running' || status === 'paused' || status === 'restarting')
  const own = running.filter((container) => container.service === service)
  const [first] = own
  if (first === undefined) return undefined
  const ids = [...new Set(own.map(({ imageId }) => imageId))]
  if (ids.length > 1) {
    throw new StateError('stack-not-adopted', {
      message: `The containers of \`${service}\` on ${engine.name} (${own.map(({ name }) => name).join(', ')}) run ${ids.length} different images.`,
      fix: 'Finish what was begun there with `docker compose up -d`, so that all run the same.',
    })
  }
  return {
    names: own.map(({ name }) => name).toSorted(),
    ...(await imageOf(first, engine)),
    healthy: own.every(({ status, health }) => status === 'running' && (health === 'healthy' || health === 'none')),
    publishes: own.some(({ publishes }) => publishes),
    front: running.filter((container) => stack.reload.includes(container.service)).map(({ name }) => name).toSorted(),
  }
}

/** Those of a service that were stopped, by name. */
export async function stoppedContainers(stack: Stack, engine: Engine, service: string = stack.service): Promise<readonly string[]> {
  const all = await userContainers(stack, engine)
  return all.filter((container) => container.service === service && container.status === 'exited').map(({ name }) => name).toSorted()
}

async function imageOf({ image, imageId, version }: UserContainer, engine: Engine): Promise<Pick<Legacy, 'image' | 'version'>> {
  const { stdout } = await engine.run({ what: `look at image ${image} on ${engine.name}`, argv: ['image', 'inspect', '--format', '{{json .}}', imageId], timeoutMs: LOOK_MS, accept: [0, 1] })
  const found = stdout.trim() === '' ? {} : fieldsOf(plain(JSON.parse(stdout)))
  const digests = textsOf(found['RepoDigests'])
  const { name, tag } = partsOf(image)
  return {
    image: digests.find((digest) => digest.startsWith(`${name}@`)) ?? digests[0] ?? imageId,
    version: version !== '' ? version : tag ?? imageId.replace(/^sha256:/, '').slice(0, 12),
  }
}

/** `host:5000/shop/web:1.2@sha256:…` → its repository and its tag. */
export function partsOf(image: string): { readonly name: string; readonly tag?: string } {
  const [whole = ''] = image.split('@')
  const colon = whole.lastIndexOf(':')
  return colon > whole.lastIndexOf('/') ? { name: whole.slice(0, colon), tag: whole.slice(colon + 1) } : { name: whole }
}
