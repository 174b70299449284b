import type { ArmName } from '../platform.js'
import { flag, list, number, object, oneOf, optional, text } from './decode.js'

/** Raised when server and driver of different versions would misunderstand each other. */
export const PROTOCOL = 1

export { latencyBounds } from '../latency-bounds.js'

export interface ServerOptions {
  readonly port: number
  readonly sticky: boolean
  readonly drainMs: number
  readonly keep: number
  readonly healthPath: string
  /** Where counters can be scraped on 127.0.0.1; absent: nowhere. */
  readonly metricsPort?: number
}

export const decodeOptions = object<ServerOptions>({ port: number, sticky: flag, drainMs: number, keep: number, healthPath: text, metricsPort: optional(number) })

/** Counters of one instance since the server knows it. */
export interface ArmReport {
  readonly arm: ArmName
  readonly instance: string
  /** The release it runs. */
  readonly version: string
  readonly requests: number
  /** Answers with 5xx, ours in its place among them. */
  readonly errors: number
  /** Ended by the client before the answer was complete; among `requests`, never among `errors`. */
  readonly aborted: number
  /** Requests that were asked a second time because this arm had not answered a byte. */
  readonly retried: number
  /** Requests per latency bucket, not cumulative; one more than there are bounds. */
  readonly latency: readonly number[]
  readonly latencySumMs: number
}

export interface CountersReport {
  readonly at: number
  readonly weight: number
  readonly arms: readonly ArmReport[]
}

export const decodeCounters = object<CountersReport>({
  at: number,
  weight: number,
  arms: list(object<ArmReport>({
    arm: oneOf('stable', 'candidate'),
    instance: text,
    version: text,
    requests: number,
    errors: number,
    aborted: number,
    retried: number,
    latency: list(number),
    latencySumMs: number,
  })),
})
