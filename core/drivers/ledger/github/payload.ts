import { fact, intent, release, runInfo } from '../../../domain/history-decode.js'
import type { DeliveryIntent, DeliveryResult, Fact, RunInfo, SchemaChange } from '../../../domain/history.js'
import { flag, list, number, object, oneOf, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Release } from '../../../domain/release.js'

/** GitHub's word for what a deployment is for; lists are asked for by it, so that those of other tools hide none of ours. */
export const tasks = { delivery: 'ecluse:delivery', lease: 'ecluse:lease', fact: 'ecluse:fact', told: 'ecluse:told', /** Of those that GitHub makes. */ github: 'deploy' } as const

/** A claim on an environment. What is not in it can not be known of a dead run, so it says all. */
export interface LeasePayload {
  readonly nonce: string
  readonly run: RunInfo
  readonly preempt: boolean
  /** How long after its creation, or its last extension, it ends (ms): both are told by the server, so no clock but its own counts. */
  readonly lasts: number
}

/** A release as it was, or where to find it: the one that delivery was of, or the one it left. */
export type Named = { readonly of: string; readonly as: 'release' | 'previous' } | { readonly is: Release }

/** What a later delivery remembers of an earlier one, so that one list tells the history. */
export interface Known {
  readonly id: string
  readonly at: number
  readonly ok: boolean
  readonly reason: string
  readonly message: string
  readonly live?: Named
  readonly bad?: Named
  readonly schema?: SchemaChange
  readonly record?: NonNullable<DeliveryResult['record']>
  /** Its deployment shows as active on GitHub. */
  readonly active: boolean
}

/** The intent of one delivery. */
export interface DeliveryPayload {
  readonly nonce: string
  readonly fence: number
  readonly begunAt: number
  readonly intent: DeliveryIntent
  /** Finished deliveries before it, oldest first. */
  readonly known: readonly Known[]
  /** Id of the deployment that GitHub made for it: its payload can't be changed, so this one stands beside it. */
  readonly of?: string
}

export interface FactPayload {
  readonly nonce: string
  readonly fact: Fact
}

/** What every payload of ours begins with. */
interface Marked {
  readonly ecluse: 1
}

export const leasePayload = object<LeasePayload>({ nonce: text, run: runInfo, preempt: flag, lasts: number })
export const factPayload = object<FactPayload>({ nonce: text, fact })

const named: Decoder<Named> = (value, at) =>
  typeof value === 'object' && value !== null && 'is' in value
    ? object<{ readonly is: Release }>({ is: release })(value, at)
    : object<{ readonly of: string; readonly as: 'release' | 'previous' }>({ of: text, as: oneOf('release', 'previous') })(value, at)

const known = object<Known>({
  id: text, at: number, ok: flag, reason: text, message: text, live: optional(named), bad: optional(named),
  schema: optional(object<SchemaChange>({ before: text, after: text })),
  record: optional(object<NonNullable<DeliveryResult['record']>>({ sha256: text, link: text })),
  active: flag,
})

export const deliveryPayload = object<DeliveryPayload>({
  nonce: text, fence: number, begunAt: number, intent, known: list(known), of: optional(text),
})

export function payloadOf(content: LeasePayload | DeliveryPayload | FactPayload): Marked & Readonly<Record<string, unknown>> {
  return { ecluse: 1, ...content }
}

/** Whether a deployment's payload is ours; a newer form of it is told as such, by a `TypeError`. */
export function ours(payload: unknown): boolean {
  const value = parsed(payload)
  if (typeof value !== 'object' || value === null || !('ecluse' in value)) return false
  if (value.ecluse !== 1) throw new TypeError(`its payload has the form ${JSON.stringify(value.ecluse)} and this version reads 1`)
  return true
}

/** GitHub hands a payload back as it was given: an object, or the text of one. */
export function parsed(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
