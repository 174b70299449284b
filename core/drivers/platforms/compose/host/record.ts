import type { EdgeArm } from '../../../../domain/edge-control/index.js'
import { decodeRelease, decodeText } from '../../../../domain/local-control/index.js'
import { list, number, object, optional, text } from '../../../../domain/local-control/decode.js'
import type { PastRelease } from '../../../../domain/platform.js'
import { releaseKey, type Release } from '../../../../domain/release.js'

/** One launch of a release on this host. */
export interface Instance {
  /** The same on every host: see `instanceId`. */
  readonly id: string
  readonly release: Release
  /** The compose project that it is. */
  readonly project: string
  /** The compose document that it was made from, so that it can be made again when somebody pruned its containers. */
  readonly document: string
  /** Names of its containers. */
  readonly containers: readonly string[]
  readonly port: number
  /** When it last became stable (epoch ms); absent: it was only on trial. */
  readonly servedAt?: number
  /** How often the engine had to start its containers again before they were healthy; absent: never. */
  readonly restarts?: number
}

/** A release that did not get there, told after its containers are gone. */
export interface Failure {
  readonly at: number
  readonly version: string
  readonly reason: string
  readonly lines: readonly string[]
}

/** What runs and ran on one host: kept in the edge's volume, whatever becomes of the machine that delivers. */
export interface HostRecord {
  readonly instances: readonly Instance[]
  /** The instance that `promote` made stable last, so that asking again is not an error. */
  readonly promoted?: string
  readonly failures: readonly Failure[]
}

export const emptyRecord: HostRecord = { instances: [], failures: [] }

const FAILURES_KEPT = 5

const decodeRecord = object<HostRecord>({
  instances: list(object<Instance>({ id: text, release: decodeRelease, project: text, document: text, containers: list(text), port: number, servedAt: optional(number), restarts: optional(number) })),
  promoted: optional(text),
  failures: list(object<Failure>({ at: number, version: text, reason: text, lines: list(text) })),
})

/** Throws a `TypeError` for what is no record: then nothing may be guessed. */
export function readRecord(source: string, place: string): HostRecord {
  return decodeText(decodeRecord, source, place)
}

export function writtenRecord(record: HostRecord): string {
  return `${JSON.stringify(record)}\n`
}

export function instanceOf(record: HostRecord, id: string | undefined): Instance | undefined {
  return record.instances.find((instance) => instance.id === id)
}

/** How the edge reaches it. */
export function armOf({ id, release, containers, port }: Instance): EdgeArm {
  return { instance: id, version: release.version, servers: containers.map((host) => ({ host, port })) }
}

/** With this instance, in the place of one of the same id. */
export function withInstance(record: HostRecord, instance: Instance): HostRecord {
  return { ...record, instances: [...record.instances.filter(({ id }) => id !== instance.id), instance] }
}

export function withoutInstances(record: HostRecord, ids: ReadonlySet<string>): HostRecord {
  return { ...record, instances: record.instances.filter(({ id }) => !ids.has(id)) }
}

export function withFailure(record: HostRecord, failure: Failure): HostRecord {
  return { ...record, failures: [...record.failures, failure].slice(-FAILURES_KEPT) }
}

/** What can be brought back: newest first, one for each release, without what is in use. */
export function restorable({ instances }: HostRecord, inUse: ReadonlySet<string>): readonly (PastRelease & { readonly instance: Instance })[] {
  const used = new Set(instances.filter(({ id }) => inUse.has(id)).map(({ release }) => releaseKey(release)))
  const past = instances.flatMap((instance) => {
    const { id, release, servedAt } = instance
    return servedAt === undefined || used.has(releaseKey(release)) ? [] : [{ id, release, servedAt, instance }]
  })
  const newestFirst = past.toSorted((a, b) => b.servedAt - a.servedAt)
  return newestFirst.filter(({ release }, index) => newestFirst.findIndex((other) => releaseKey(other.release) === releaseKey(release)) === index)
}

/**
 * What has no reason to be kept: trials that ended, releases beyond those that stay restorable, and older launches of the
 * same release. Never what is in use.
 */
export function needless(record: HostRecord, inUse: ReadonlySet<string>, keep: number): readonly Instance[] {
  const kept = new Set(restorable(record, inUse).slice(0, keep).map(({ id }) => id))
  return record.instances.filter(({ id }) => !inUse.has(id) && !kept.has(id))
}
