import type { BuildSettings } from '../domain/environment.js'
import { isMapping } from './extends.js'
import { load, refuse, type Asked } from './load.js'
import { buildSchema } from './schema-build.js'

export type RegistryAccess = Pick<BuildSettings, 'repository' | 'login'>

const REFERENCE = /\$\{env:([A-Za-z_]\w*)\}/g
const keys = buildSchema.pick({ repository: true, login: true })

/**
 * How the registry of `build.repository` knows us, for what only reads from it. Empty when a variable of `build.login` is not
 * set here: the images may be public, or docker may be logged in already; who pushes is told of it instead.
 */
export async function loadRegistryAccess(asked: Asked): Promise<RegistryAccess> {
  const read = async (needed: readonly string[]): Promise<unknown> => {
    const loaded = await load({ ...asked, needed }, () => ({ chain: [], problems: [] }))
    // Of the file as a whole, whoever loads the environment tells.
    if (needed.length > 0) refuse(loaded.problems, loaded.hidden)
    return loaded.file['build']
  }
  const written = await read([])
  const login = isMapping(written) ? JSON.stringify(written['login'] ?? null) : 'null'
  const variables = [...login.matchAll(REFERENCE)].map(([, name]) => name!)
  if (login === 'null' || variables.some((name) => (asked.env[name] ?? '') === '')) return {}
  const build = await read(['build.repository', 'build.login'])
  const found = keys.safeParse(isMapping(build) ? { repository: build['repository'], login: build['login'] } : {}).data
  if (found?.login === undefined || found.repository === undefined) return {}
  asked.hide?.(found.login.password)
  return { repository: found.repository, login: found.login }
}
