import { createHash, randomBytes } from 'node:crypto'
import { pinnedImage, releaseKey, servingImage, type Release } from '../domain/release.js'
import { messageOf } from '../errors/families.js'
import type { Memory, Placed } from './desired.js'
import type { Events } from './events.js'
import type { ImageStore } from './image/store.js'
import type { ServerPlaces } from './places.js'
import type { Door } from './proxy/door.js'
import type { Router } from './proxy/router.js'
import type { Crew, Instance } from './supervisor/crew.js'
import type { Turns } from './turns.js'

export interface LaunchAnswer {
  readonly id: string
  /** The version that serves beside it, and its instance. */
  readonly stable?: string
  readonly stableId?: string
}

/** All that the verbs of one environment work with. */
export interface House {
  readonly environment: string
  readonly places: ServerPlaces
  readonly memory: Memory
  readonly events: Events
  readonly store: ImageStore
  readonly router: Router
  readonly door: Door
  /** For whoever scrapes; closed unless a port was given. */
  readonly scrapes: Door
  readonly crew: Crew
  readonly turns: Turns<LaunchAnswer>
}

/** The same id for the same release, wherever it is asked. */
export function releaseId(release: Release): string {
  return createHash('sha256').update(releaseKey(release)).digest('hex').slice(0, 16)
}

export function newInstanceId(release: Release): string {
  return `${release.version.replaceAll(/[^\w.-]/g, '-').slice(0, 40)}-${randomBytes(3).toString('hex')}`
}

/** Ends an instance in the background: who asked for it need not wait for its last requests. */
export function retireSoon(house: House, instance: Instance | undefined): void {
  if (instance === undefined) return
  instance.leaving = true
  house.crew.retire(instance, house.memory.now().options.drainMs).then(
    () => house.events.note(`Instance \`${instance.id}\` of release ${instance.release.version} was stopped.`),
    (thrown: unknown) => house.events.note(`Instance \`${instance.id}\` could not be stopped: ${messageOf(thrown)}`),
  )
}

/** Ends all instances; requests on their way get a short while, for somebody waits for this. */
export async function retireAll(house: House): Promise<void> {
  const { memory, crew, router } = house
  router.set(({ sticky }) => ({ weight: 0, sticky }))
  const limitMs = Math.min(memory.now().options.drainMs, 2000)
  await Promise.all(crew.all().map((instance) => crew.retire(instance, limitMs)))
}

/** Removes unpacked images that neither run nor can be asked back. */
export async function pruneImages(house: House): Promise<void> {
  const { stable, candidate, standby, past } = house.memory.now()
  const releases = [stable, candidate, standby, ...past].flatMap((kept) => (kept === undefined ? [] : [kept.release]))
  const digests = releases.flatMap((release) => pinnedImage(servingImage(release))?.digest ?? [])
  await house.store.prune(new Set(digests)).catch((thrown: unknown) => house.events.note(`Old releases could not be removed: ${messageOf(thrown)}`))
  await house.crew.tidy().catch(() => undefined)
}

/** The past with the release that stops serving in front, without the one that serves from now on. */
export function pastAfter(house: House, serving: Release, replaced: Placed | undefined): ReturnType<Memory['now']>['past'] {
  const { past, options } = house.memory.now()
  const entry = replaced === undefined ? [] : [{ id: releaseId(replaced.release), release: replaced.release, servedAt: replaced.servedAt }]
  const others = past.filter(({ id }) => id !== entry[0]?.id)
  return [...entry, ...others].filter(({ id }) => id !== releaseId(serving)).slice(0, Math.max(1, options.keep))
}
