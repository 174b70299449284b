/** Surroundings of a driver or flow whose GitHub is a fake. */
import type { Ambient } from '../../core/ports/ambient.js'
import type { Clock } from '../../core/ports/clock.js'
import { systemHttp } from '../../core/io/http.js'
import { realAmbient } from './surroundings.js'

interface Given {
  readonly url: string
  readonly repository?: string
  readonly token?: string
  readonly clock?: Clock
  readonly signal?: AbortSignal
  readonly work?: string
}

export function githubAmbient({ url, repository = 'acme/shop', token = 'ghs_fake', clock, signal, work = '.' }: Given): Ambient {
  const ambient = realAmbient({ work, dist: 'dist' }, signal)
  const github = { api: url, server: new URL(url).origin, repository, token, hosted: false }
  const given: Ambient = { ...ambient, http: systemHttp({ signal: ambient.signal }), github, ...(clock === undefined ? {} : { clock }), shielded: () => given }
  return given
}
