import type {
  Capabilities, Diagnosis, Launched, Observed, PastRelease, Percent, PlatformName, Task, TaskResult,
} from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import type { RolloutPlan } from '../domain/rollout.js'
import type { Vitals } from '../domain/vitals.js'

/**
 * Where releases run. Every verb is idempotent: it looks before it acts, so calling it again after a
 * crash finishes the work. Each rejects with `RemoteError` when the platform can't be asked, and with
 * `StateError` when what it found rules the verb out.
 */
export interface Platform {
  readonly name: PlatformName
  readonly capabilities: Capabilities
  /** What is, read from the platform; never from memory. */
  observe(): Promise<Observed>
  /** Brings the candidate up at weight 0, healthy. Rejects with `StateError` code `candidate-unhealthy` when it does not get there. */
  launch(release: Release, plan: RolloutPlan): Promise<Launched>
  /** Resolves when the weight is in effect for new requests. */
  shift(weight: Percent): Promise<void>
  /** The candidate becomes stable; the old one stays restorable. */
  promote(): Promise<void>
  /** Stable gets everything, the candidate goes. */
  abandon(): Promise<void>
  /** Restorable ones, newest first, without the one that serves now. */
  releases(): Promise<readonly PastRelease[]>
  /** Brings a past release back to 100 %. */
  restore(past: PastRelease): Promise<void>
  /** A one-off command in the release's image. */
  runTask(release: Release, task: Task): Promise<TaskResult>
  /** Dead-man's switch: traffic goes back by itself at the deadline (epoch ms). Called again it extends; 0 switches it off. */
  returnAt(deadline: number): Promise<void>
  /** Stop reasons, events and last log lines since a time (epoch ms). */
  diagnose(since: number): Promise<Diagnosis>
  /** How the instances of stable and candidate have fared since a time (epoch ms); absent where a platform can't tell. What memory they use is looked up only when it is asked for. */
  vitals?(asked: { readonly since: number; readonly memory: boolean }): Promise<readonly Vitals[]>
}
