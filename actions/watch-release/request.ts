import { addressProblems } from '../../core/delivery/release-from.js'
import type { Environment } from '../../core/domain/environment.js'
import { InputError, type Problem } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { WatchRequest } from './session.js'

interface WatchInputs {
  readonly mode: WatchRequest['mode']
  readonly version?: string | undefined
  readonly optional: boolean
}

/** What is to be watched; `undefined` when the environment has no `watch` and that is no fault. Rejects with one `InputError` that names everything missing. */
export function watchRequest({ mode, version, optional }: WatchInputs, environment: Environment, ambient: Ambient): WatchRequest | undefined {
  const { watch } = environment
  if (watch === undefined && optional) return undefined
  const place = `environments.${environment.name}.watch`
  const missing: readonly Problem[] = watch === undefined ? [{ code: 'input-missing', message: `Nothing says how long a release of \`${environment.name}\` is watched. Set \`${place}\` in the configuration, such as \`watch: 60m\`, or the input \`watch\`.` }] : []
  // Who only alerts brings nothing back, and needs not know who answers.
  const [first, ...rest] = [...missing, ...(watch?.onFail === 'alert' ? [] : addressProblems(environment))]
  if (watch === undefined || first !== undefined) throw new InputError([first!, ...rest])
  return { environment, url: environment.url ?? '', policy: watch, mode, startedAt: ambient.startedAt, ...(version === undefined ? {} : { version }) }
}
