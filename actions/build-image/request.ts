import type { BuildSettings } from '../../core/domain/environment.js'

/** What is to be built: the settings, and what the inputs of this run add to them. */
export interface ImageRequest {
  readonly settings: BuildSettings
  readonly target?: string
  readonly args: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly version?: string
  readonly commit?: string
  readonly destination?: string
  readonly sourceDate?: number
  /** An image of the same content is used again. */
  readonly reuse: boolean
}

/** The inputs that vary from run to run. */
export interface BuildInputs {
  readonly target?: string | undefined
  readonly args?: Readonly<Record<string, string>> | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly version?: string | undefined
  readonly commit?: string | undefined
  readonly destination?: string | undefined
  readonly 'source-date'?: number | undefined
  readonly reuse?: boolean | undefined
}

export function imageRequest(given: BuildInputs, settings: BuildSettings): ImageRequest {
  const { target, version, commit, destination, 'source-date': sourceDate } = given
  return {
    settings,
    reuse: given.reuse ?? true,
    args: given.args ?? {},
    labels: given.labels ?? {},
    ...(target === undefined ? {} : { target }),
    ...(version === undefined ? {} : { version }),
    ...(commit === undefined ? {} : { commit }),
    ...(destination === undefined ? {} : { destination }),
    ...(sourceDate === undefined ? {} : { sourceDate }),
  }
}
