import { edgeContainer, edgePlaces, type EdgeWish } from '../../../../domain/edge-control/index.js'
import type { ComposeOptions } from '../../../../domain/environment.js'
import { StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Engine } from '../../../../ports/engine.js'
import type { Stack } from '../model/index.js'
import { writtenRecord, type HostRecord } from './record.js'

/** One host, and what never changes about it during a run. */
export interface Site {
  readonly engine: Engine
  readonly options: ComposeOptions
  readonly app: string
  readonly environment: string
  /** Where users reach the service; empty: nobody said. */
  readonly url: string
  readonly secretSettings: Readonly<Record<string, string>>
  /** One word for application and environment, in all names on the host. */
  readonly scope: string
  /** The user's stack, read from the compose files when it is first needed. */
  readonly stack: () => Promise<Stack>
  readonly ambient: Ambient
}

export const LOOK_MS = 20_000
export const CHANGE_MS = 60_000
/** Images can be large and lines slow. */
export const PULL_MS = 600_000
export const LOOK_EVERY_MS = 50

/** What people read in messages: "release v2 of `shop` in `production` on ssh://…". */
export function named(site: Site, what: string): string {
  return `${what} of \`${site.environment}\` on ${site.engine.name}`
}

/** Twice, one after the other: a copy that is cut short leaves one of them whole. */
export async function keepRecord(site: Site, record: HostRecord): Promise<void> {
  const text = writtenRecord(record)
  await site.engine.writeFiles(edgeContainer(site.scope), edgePlaces.folder, { [nameOf(edgePlaces.record)]: text, [nameOf(edgePlaces.recordKept)]: text })
}

/** The file of the edge's folder. */
export function nameOf(place: string): string {
  return place.slice(edgePlaces.folder.length + 1)
}

/** The instances that the edge sends requests to. */
export function inUse(wish: EdgeWish | undefined): ReadonlySet<string> {
  return new Set([wish?.stable?.instance, wish?.candidate?.instance].filter((id) => id !== undefined))
}

export function noCandidate(site: Site): StateError {
  return new StateError('no-candidate', { message: `${named(site, 'The platform')}: no release is on trial.` })
}

/** Looks until it is there; `undefined` when the time is over. */
export async function until<T>(look: () => Promise<T | undefined>, withinMs: number, { clock, signal }: Ambient): Promise<T | undefined> {
  const end = clock.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (clock.now() >= end) return undefined
    signal.throwIfAborted()
    await clock.sleep(LOOK_EVERY_MS, signal)
  }
}
