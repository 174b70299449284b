import { readFile } from 'node:fs/promises'
import { decodeOptions, decodePast, decodeRelease, decodeText, type ServerOptions } from '../domain/local-control/index.js'
import { flag, list, number, object, oneOf, optional, text } from '../domain/local-control/decode.js'
import type { PastRelease } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import { writeDurably } from './durable.js'
import { errnoOf } from './errno.js'

/** A release with the instance that runs it, or should. */
export interface Placed {
  readonly id: string
  readonly release: Release
  /** When it last became stable (epoch ms); 0: never. */
  readonly servedAt: number
  /** It has been healthy: an instance that never was is not taken over by the next server. */
  readonly ready: boolean
}

/** A process we started, by what tells it from any other. */
export interface ProcessRecord {
  readonly instance: string
  readonly pid: number
  readonly started: string
  readonly port: number
}

/** What should be; written down before anything is done about it. */
export interface Desired {
  readonly format: 1
  readonly options: ServerOptions
  readonly stable?: Placed
  readonly candidate?: Placed
  /** The stable before this one, still running for a quick way back. */
  readonly standby?: Placed & { readonly until: number }
  readonly weight: number
  /** The dead-man's switch (epoch ms); 0: off. */
  readonly returnsAt: number
  /** How the last trial ended: a second `promote` is an answer, not a fault. */
  readonly settled: 'not' | 'promoted' | 'abandoned' | 'restored'
  /** Newest first, without the one that serves. */
  readonly past: readonly PastRelease[]
  readonly processes: readonly ProcessRecord[]
}

const placed = { id: text, release: decodeRelease, servedAt: number, ready: flag } as const

const decodeDesired = object<Desired>({
  format: (value) => {
    if (value !== 1) throw new TypeError('it was written by another version')
    return 1
  },
  options: decodeOptions,
  stable: optional(object<Placed>(placed)),
  candidate: optional(object<Placed>(placed)),
  standby: optional(object<Placed & { readonly until: number }>({ ...placed, until: number })),
  weight: number,
  returnsAt: number,
  settled: oneOf('not', 'promoted', 'abandoned', 'restored'),
  past: list(decodePast),
  processes: list(object<ProcessRecord>({ instance: text, pid: number, started: text, port: number })),
})

/** `undefined` takes a part away. */
export type Change = { readonly [K in keyof Desired]?: Desired[K] | undefined }

export interface Memory {
  now(): Desired
  /** In effect at once for who reads it here; on the disk when it resolves. */
  change(change: Change): Promise<void>
}

/** Nothing is written before something changes: a server that can not begin leaves no word that there was one. */
export async function openMemory(file: string, options: ServerOptions): Promise<Memory> {
  // What is there and can't be read must not be written over: it says what should run.
  const found = await readFile(file, 'utf8').catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return undefined
    throw thrown
  })
  let desired: Desired = found === undefined
    ? { format: 1, options, weight: 0, returnsAt: 0, settled: 'not', past: [], processes: [] }
    : { ...decodeText(decodeDesired, found, file), options }
  let writing: Promise<void> = Promise.resolve()
  const change = (next: Change): Promise<void> => {
    desired = applied(desired, next)
    const written = JSON.stringify(desired)
    writing = writing.catch(() => undefined).then(() => writeDurably(file, written))
    return writing
  }
  return { now: () => desired, change }
}

function applied(desired: Desired, change: Change): Desired {
  const { stable, candidate, standby, ...rest } = { ...desired, ...change }
  const { options = desired.options, weight = 0, returnsAt = 0, settled = 'not', past = [], processes = [] } = rest
  return {
    format: 1, options, weight, returnsAt, settled, past, processes,
    ...(stable === undefined ? {} : { stable }),
    ...(candidate === undefined ? {} : { candidate }),
    ...(standby === undefined ? {} : { standby }),
  }
}
