import { posix } from 'node:path'
import type { ComposeOptions } from '../../../../domain/environment.js'
import { InputError, type Problem } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'

export interface ComposeFiles {
  /** Absolute, the base first. */
  readonly paths: readonly string[]
  /** Folder of the base: relative paths and `.env` are meant from there. */
  readonly folder: string
}

/** In compose's own order of preference. */
const BASES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const OVERRIDES = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml']

/** The compose files of the checkout: those that are named, or those that `docker compose` would take. Rejects with `compose-invalid`. */
export async function composeFiles({ files }: Pick<ComposeOptions, 'files'>, ambient: Ambient): Promise<ComposeFiles> {
  const checkout = ambient.paths.work
  const there = async (name: string): Promise<boolean> => (await ambient.files.info(posix.resolve(checkout, name)))?.kind === 'file'
  const found = files.length > 0 ? files : await usual(there)
  if (found.length === 0) throw refused([problem(`No compose file in ${checkout}: none of ${BASES.join(', ')}.`, 'Check the sources out first, or name the files in `files`.')])
  const missing: string[] = []
  for (const name of found) if (!(await there(name))) missing.push(name)
  if (missing.length > 0) throw refused(missing.map((name) => problem(`Compose file \`${name}\` is not in ${checkout}.`, 'Check the sources out first, or correct `files`.')))
  const paths = found.map((name) => posix.resolve(checkout, name))
  return { paths, folder: posix.dirname(paths[0]!) }
}

async function usual(there: (name: string) => Promise<boolean>): Promise<readonly string[]> {
  const first = async (names: readonly string[]): Promise<readonly string[]> => {
    for (const name of names) if (await there(name)) return [name]
    return []
  }
  const base = await first(BASES)
  return base.length === 0 ? [] : [...base, ...(await first(OVERRIDES))]
}

export function problem(message: string, fix: string): Problem {
  return { code: 'compose-invalid', message, fix }
}

/** All of them at once. */
export function refused(problems: readonly Problem[]): InputError {
  const [first, ...others] = problems
  return new InputError([first ?? problem('The compose files can not be used.', 'Check them with `docker compose config`.'), ...others])
}
