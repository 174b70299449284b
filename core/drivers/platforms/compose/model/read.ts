import type { ComposeOptions } from '../../../../domain/environment.js'
import { ProcessError } from '../../../../errors/families.js'
import type { Engine, EngineCall } from '../../../../ports/engine.js'
import { problem, refused, type ComposeFiles } from './files.js'
import { fieldsOf, isFields, literalOf, textOf, type Fields } from './literal.js'

const READ_MS = 60_000
const UNSET = /The \\?"([A-Za-z_]\w*)\\?" variable is not set/g

/** What `docker compose config` makes of the files. */
export interface Reading {
  /** `compose --project-name … --file …`: the user's own project. */
  readonly argv: readonly string[]
  readonly resolved: Fields
  /** Variables that were filled in as nothing. */
  readonly unset: readonly string[]
  /** The same before variables are filled in; empty when none is unset. */
  readonly template: Fields
}

export interface ReadGiven {
  readonly options: Pick<ComposeOptions, 'project' | 'service'>
  readonly files: ComposeFiles
  readonly checkout: string
}

/** Rejects with `compose-invalid` and compose's own words when it can not use the files. */
export async function readStack(given: ReadGiven, engine: Engine): Promise<Reading> {
  const plain = ['compose', ...project(given.options.project), ...given.files.paths.flatMap((path) => ['--file', path])]
  const first = await configOf(plain, [], given, engine)
  // A service with profiles of its own is meant by being named, as in `docker compose up web`.
  const hidden = fieldsOf(first.resolved['services'])[given.options.service] === undefined
  const argv = hidden ? [...plain, '--profile', '*'] : plain
  const { resolved, told } = hidden ? await configOf(argv, [], given, engine) : first
  const unset = [...new Set([...told.matchAll(UNSET)].map(([, name = '']) => name))]
  const template = unset.length === 0 ? {} : await templateOf(argv, given, engine)
  const called = textOf(resolved['name']) ?? ''
  const own = ['compose', '--project-name', called, ...argv.slice(1 + project(given.options.project).length)]
  return { argv: own, resolved, unset, template }
}

function project(name: string | undefined): readonly string[] {
  return name === undefined ? [] : ['--project-name', name]
}

async function templateOf(argv: readonly string[], given: ReadGiven, engine: Engine): Promise<Fields> {
  try {
    return (await configOf(argv, ['--no-interpolate'], given, engine)).resolved
  } catch {
    // Some files only make sense with their variables; then nobody knows where one is missing.
    return {}
  }
}

async function configOf(argv: readonly string[], flags: readonly string[], { checkout, files }: ReadGiven, engine: Engine): Promise<{ readonly resolved: Fields; readonly told: string }> {
  const call: EngineCall = { what: 'read the compose files', argv: [...argv, 'config', '--format', 'json', ...flags], cwd: checkout, userEnvironment: true, timeoutMs: READ_MS }
  try {
    const { stdout, stderr } = await engine.run(call)
    const resolved = literalOf(JSON.parse(stdout))
    if (!isFields(resolved)) throw new TypeError('not an object')
    return { resolved, told: stderr }
  } catch (thrown) {
    if (thrown instanceof ProcessError && thrown.code !== 'program-failed' && thrown.code !== 'compose-invalid') throw thrown
    if (!(thrown instanceof ProcessError) && !(thrown instanceof SyntaxError) && !(thrown instanceof TypeError)) throw thrown
    const said = thrown instanceof ProcessError ? lastWords(thrown.tail) : thrown.message
    throw refused([problem(`\`docker compose config\` can't use ${files.paths.join(', ')}: ${said.replace(/[.\s]+$/, '')}.`, 'Correct the files until `docker compose config` accepts them on this machine.')])
  }
}

/** Without its warnings, which come first. */
function lastWords(tail: readonly string[]): string {
  const words = tail.filter((line) => line.trim() !== '' && !line.includes('level=warning'))
  return words.slice(-3).join(' ').slice(0, 500)
}
