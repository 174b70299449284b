import type { Diagnosis, Observed, RunningRelease, TaskResult } from '../platform.js'
import type { Vitals } from '../vitals.js'
import { flag, list, number, object, optional, text } from './decode.js'
import { decodePast, decodeRelease } from './release.js'

/** How to reach a running server; written to `server.json`. */
export interface ServerCard {
  readonly protocol: number
  readonly pid: number
  readonly started: string
  readonly socket: string
  readonly port: number
}

/** A verb that was refused. `code` is one of the error catalogue. */
export interface Fault {
  readonly code: string
  readonly message: string
  readonly fix?: string
}

/** Why a server could not start; `pid` says which one. */
export interface StartFailure extends Fault {
  readonly pid: number
}

const running = object<RunningRelease>({ release: decodeRelease, id: text, healthy: flag, url: optional(text) })

export const decodeCard = object<ServerCard>({ protocol: number, pid: number, started: text, socket: text, port: number })
export const decodeFault = object<Fault>({ code: text, message: text, fix: optional(text) })
export const decodeFailure = object<StartFailure>({ code: text, message: text, fix: optional(text), pid: number })
export const decodePlaced = object<{ readonly id: string; readonly stable?: string; readonly stableId?: string }>({
  id: text, stable: optional(text), stableId: optional(text),
})
export const decodePastList = object<{ readonly releases: readonly ReturnType<typeof decodePast>[] }>({ releases: list(decodePast) })

export const decodeObserved = object<Observed>({
  stable: optional(running),
  candidate: optional(running),
  weight: number,
  returnsAt: optional(number), unmanaged: optional(list(text)),
})

export const decodeTaskResult = object<TaskResult>({ exitCode: optional(number), timedOut: flag, lastLines: list(text) })

export const decodeDiagnosis = object<Diagnosis>({
  stopReasons: list(text),
  events: list(object<{ readonly at: number; readonly text: string }>({ at: number, text })),
  lastLines: list(text),
})

export const decodeVitals = object<{ readonly instances: readonly Vitals[] }>({
  instances: list(object<Vitals>({ version: text, instance: text, restarts: number, outOfMemory: optional(number), memoryBytes: optional(number) })),
})
