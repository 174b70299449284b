import type { RotationMark } from '../domain/rotation.js'
import type { StoredSecret } from '../domain/secret-policy.js'

/**
 * Secrets of an environment. A value goes in and never comes out. Rejects with `github-permission` when the token may
 * not manage them; no rejection holds anything of a value.
 */
export interface Secrets {
  /** Those of the environment, and those of repository and organization that its jobs get as well. */
  list(environment: string): Promise<readonly StoredSecret[]>
  /** When the environment's own was last set (epoch ms); `undefined`: there is none. */
  updatedAt(environment: string, name: string): Promise<number | undefined>
  /** Creates or replaces the environment's own. */
  set(environment: string, name: string, value: string): Promise<void>
  /** No error when it is not there. */
  remove(environment: string, name: string): Promise<void>
}

/** Where a rotation says how far it is, so that the next run sees it. */
export interface RotationMarks {
  /** `unreadable`: something else stands there. */
  read(environment: string, secret: string): Promise<RotationMark | 'unreadable' | undefined>
  /** Secrets of the environment that have one. */
  marked(environment: string): Promise<readonly string[]>
  /** `false` when there is one already; of several at the same time one succeeds. */
  claim(environment: string, secret: string, mark: RotationMark): Promise<boolean>
  advance(environment: string, secret: string, mark: RotationMark): Promise<void>
  /** No error when it is not there. */
  clear(environment: string, secret: string): Promise<void>
  /** Whether a workflow's run goes on; `undefined` when nobody can tell. */
  lives(run: string): Promise<boolean | undefined>
}
