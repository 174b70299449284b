import type { QualitySettings } from '../../core/domain/quality/settings.js'
import { InputError } from '../../core/errors/families.js'
import type { GitHubAccess } from '../../core/ports/github.js'

export interface QualityInputs {
  readonly parallel?: number | undefined
  readonly within: number
  readonly commit?: string | undefined
  readonly 'record-as': string
  readonly 'appear-within': number
  readonly 'max-age'?: number | undefined
}

/** What is to be run and judged. */
export interface QualityRequest {
  readonly settings: QualitySettings
  readonly parallel: number
  readonly withinMs: number
  /** The commit that is meant; absent: whichever is checked out. */
  readonly commit?: string
  readonly context: string
}

export function qualityRequest(given: QualityInputs, settings: QualitySettings, cores: number, github: Pick<GitHubAccess, 'sha'> | undefined): QualityRequest {
  const commit = given.commit ?? github?.sha
  return { settings, parallel: given.parallel ?? cores, withinMs: given.within, context: given['record-as'], ...(commit === undefined ? {} : { commit }) }
}

/** Which commit's result is required, and for how long it is waited. */
export interface Requirement {
  readonly commit: string
  readonly context: string
  readonly withinMs: number
  readonly appearWithinMs: number
  readonly maxAgeMs?: number
}

export function requirement(given: QualityInputs, github: Pick<GitHubAccess, 'sha'> | undefined): Requirement {
  const commit = given.commit ?? github?.sha
  if (commit === undefined) throw new InputError([{ code: 'input-missing', message: 'Nothing says whose result is required.', fix: 'Set the input `commit`.' }])
  const maxAgeMs = given['max-age']
  return { commit, context: given['record-as'], withinMs: given.within, appearWithinMs: given['appear-within'], ...(maxAgeMs === undefined ? {} : { maxAgeMs }) }
}
