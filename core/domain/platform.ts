import type { Release } from './release.js'

export const platformNames = ['local', 'compose', 'kubernetes', 'ecs', 'app-platform', 'vercel', 'clever-cloud'] as const
export type PlatformName = (typeof platformNames)[number]

/** Percent of live requests, 0 to 100. */
export type Percent = number

/** What a platform can do beyond running one release. A flow reads it when it makes its plan. */
export interface Capabilities {
  /** `any`: every whole percent; `stages`: only those announced at launch; `none`: all or nothing. */
  readonly weights: 'any' | 'stages' | 'none'
  /** Stable and candidate can run at the same time. */
  readonly sideBySide: boolean
  /** The candidate can be reached before users reach it. */
  readonly addressable: boolean
  readonly tasks: boolean
  /** The platform itself sends traffic back when nobody extends the deadline. */
  readonly deadMan: boolean
  /** How many releases stay restorable. */
  readonly keepsReleases: number
}

export interface RunningRelease {
  readonly release: Release
  /** The platform's own id of this instance. */
  readonly id: string
  readonly healthy: boolean
  /** Where it answers directly, without the balancer. */
  readonly url?: string
}

/** What *is*, read from the platform. */
export interface Observed {
  readonly stable?: RunningRelease
  readonly candidate?: RunningRelease
  /** Percent of live requests that reach the candidate now. */
  readonly weight: Percent
  /** When the dead-man's switch sends traffic back (epoch ms). */
  readonly returnsAt?: number
  /** Serves there and was not started by Ecluse, which may not take it over: the platform's own names for it. */
  readonly unmanaged?: readonly string[]
}

export type ArmName = 'stable' | 'candidate'

/** How one side of a comparison is told apart in metrics. */
export interface Arm {
  readonly name: ArmName
  /** The version that its samples must carry. */
  readonly identity: string
  readonly labels: Readonly<Record<string, string>>
  /** Reaches this arm alone, whatever the weight, and is counted as no user; absent where the platform can't. */
  readonly reach?: Reach
}

export interface Arms {
  readonly stable?: Arm
  readonly candidate: Arm
}

/** How a check reaches one release whatever the weight, as the candidate before users do. */
export interface Reach {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Launched {
  readonly id: string
  readonly arms: Arms
  readonly reach?: Reach
}

/** A release that this platform can bring back now. */
export interface PastRelease {
  readonly id: string
  readonly release: Release
  /** When it last became stable (epoch ms). */
  readonly servedAt: number
}

export interface Task {
  readonly name: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

export interface TaskResult {
  /** `undefined` when it was ended by a signal or by its time limit. */
  readonly exitCode?: number
  readonly timedOut: boolean
  readonly lastLines: readonly string[]
}

export interface Diagnosis {
  /** Why instances stopped, in the platform's words. */
  readonly stopReasons: readonly string[]
  readonly events: readonly { readonly at: number; readonly text: string }[]
  readonly lastLines: readonly string[]
}
