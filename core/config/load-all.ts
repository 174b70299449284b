import type { Environment } from '../domain/environment.js'
import { InputError, type Problem } from '../errors/families.js'
import { readSource, valuesOf } from './document.js'
import { isMapping } from './extends.js'
import { loadEnvironment, type Asked } from './load.js'

/**
 * Every environment of the file, or the one that is named. Rejects with one `InputError` that names the problems of all
 * of them, each once.
 */
export async function loadEnvironments(given: Asked & { readonly name: string }): Promise<readonly Environment[]> {
  // The layers of settings are files of their own.
  const asked = given.only?.includes('settings') === false ? { ...given, unneeded: [...(given.unneeded ?? []), 'settings'] } : given
  const names = asked.name === '' ? await namesIn(asked) : [asked.name]
  const loaded: Environment[] = []
  const problems = new Map<string, Problem>()
  for (const name of names) {
    try {
      loaded.push(await loadEnvironment({ ...asked, optional: false, name }))
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown
      for (const problem of thrown.problems) problems.set(problem.message, problem)
    }
  }
  const [first, ...rest] = problems.values()
  if (first !== undefined) throw new InputError([first, ...rest])
  return loaded
}

/** In the order of the file. One that can't be read is told by whoever loads an environment of it. */
async function namesIn(asked: Asked): Promise<readonly string[]> {
  const shown = asked.shownAs ?? asked.path.split('/').at(-1)!
  const content = await asked.files.textIfThere(asked.path)
  if (content === undefined) return ['']
  const { source, problems } = readSource(shown, content)
  const file = problems.length > 0 ? undefined : valuesOf(source)?.value
  if (!isMapping(file)) return ['']
  const { environments } = file
  const names = isMapping(environments) ? Object.keys(environments) : []
  if (names.length > 0) return names
  throw new InputError([{ code: 'config-missing', message: `${source.at(['environments'])}: there are no environments in ${shown}.`, fix: 'Add `environments`, each with its name on GitHub.' }])
}
