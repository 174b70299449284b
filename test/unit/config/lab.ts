import type { BuildSettings, Environment } from '../../../core/domain/environment.js'
import { InputError } from '../../../core/errors/families.js'
import { loadBuild, loadEnvironment, type Asked } from '../../../core/config/load.js'

export interface Given {
  /** Absent: there is no file. */
  readonly file?: string
  readonly name?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly optional?: boolean
  readonly hide?: (secret: string) => void
  readonly unneeded?: readonly string[]
  readonly needed?: readonly string[]
}

const asked = ({ file, inputs = {}, env = {}, optional = true, hide, unneeded, needed }: Given): Asked => ({
  files: { textIfThere: async (path) => (path === '/checkout/ecluse.yml' ? file : undefined) },
  path: '/checkout/ecluse.yml',
  shownAs: 'ecluse.yml',
  optional,
  overrides: inputs,
  env,
  fallbackApp: 'folder',
  ...(hide && { hide }),
  ...(unneeded && { unneeded }),
  ...(needed && { needed }),
})

export const environmentOf = (given: Given): Promise<Environment> => loadEnvironment({ ...asked(given), name: given.name ?? 'production' })
export const buildOf = (given: Given): Promise<BuildSettings> => loadBuild({ ...asked(given), usualPlatform: 'linux/amd64' })

/** `code place: what was wrong. What to do.` of every problem, in the order they were said. */
export async function problemsOf(given: Given, load: (given: Given) => Promise<unknown> = environmentOf): Promise<readonly string[]> {
  try {
    await load(given)
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems.map(({ code, message, fix }) => `${code} ${message}${fix === undefined ? '' : ` ${fix}`}`)
    throw thrown
  }
  return []
}

/** A file whose `production` has these lines, which begin at line 4. */
export const production = (...lines: readonly string[]): string => ['app: shop', 'environments:', '  production:', ...lines.map((line) => `    ${line}`), ''].join('\n')
