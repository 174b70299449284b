import type { ObservedEnvironment, Pattern, Reviewer, Rule, Settings } from '../domain/protection/observed.js'

/** Who of some names can be a reviewer, and of each of the others why not. */
export interface Reviewers {
  readonly found: readonly Reviewer[]
  readonly missing: readonly { readonly name: string; readonly why: string }[]
}

/**
 * The environments of a repository, with their gates and variables. Reading changes nothing; every write can be done
 * again. Rejects with `github-permission` when the token may not manage environments, and says which one may.
 */
export interface Environments {
  /** Of all that are there. */
  names(): Promise<readonly string[]>
  /** `undefined` where there is none of that name. */
  read(name: string): Promise<ObservedEnvironment | undefined>
  /** Looks people and teams up; a login or a slug that is not there is no rejection. */
  reviewers(names: readonly string[]): Promise<Reviewers>
  /** Slugs of the apps that can guard an environment; asked of one that is there. */
  apps(name: string): Promise<readonly string[]>
  /** Creates the environment where it is not there. Replaces all settings. */
  settle(name: string, settings: Settings): Promise<void>
  allow(name: string, pattern: Omit<Pattern, 'id'>): Promise<void>
  disallow(name: string, pattern: Pattern): Promise<void>
  /** Puts an app before the environment. */
  guard(name: string, app: string): Promise<void>
  unguard(name: string, rule: Rule): Promise<void>
  /** `there`: whether it was there when it was read; a hint. */
  setVariable(name: string, variable: string, value: string, there: boolean): Promise<void>
  dropVariable(name: string, variable: string): Promise<void>
}
