import { pathPattern } from './glob.js'
import { clean } from './paths.js'

interface Rule {
  readonly keeps: boolean
  readonly matches: RegExp
  /** The folders before the first wildcard: what it can match lies at or below them. */
  readonly start: string
}

/** Which paths of the context the build may see, by the rules of `.dockerignore`: the last rule that matches decides. */
export interface Ignore {
  ignores(path: string): boolean
  /** Nothing below this folder can be seen, so nobody needs to look. */
  closes(folder: string): boolean
}

export function readIgnore(text: string): Ignore {
  const rules = text.replace(/^\uFEFF/, '').split('\n').flatMap(ruleOf)
  const ignores = (path: string): boolean => {
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
    return rules.reduce((ignored, rule) => (rule.keeps === ignored && parents.some((parent) => rule.matches.test(parent)) ? !rule.keeps : ignored), false)
  }
  const exceptions = rules.filter((rule) => rule.keeps)
  return {
    ignores,
    closes: (folder) => ignores(folder) && !exceptions.some(({ start }) => start === '' || start === folder || start.startsWith(`${folder}/`) || folder.startsWith(`${start}/`)),
  }
}

/** Comments count only at the very start of a line; a leading slash says nothing. */
function ruleOf(line: string): readonly Rule[] {
  if (line.startsWith('#')) return []
  const trimmed = line.trim()
  const keeps = trimmed.startsWith('!')
  const named = (keeps ? trimmed.slice(1) : trimmed).trim()
  if (named === '') return []
  const pattern = clean(named).replace(/^\/(?=.)/, '')
  const wildcard = pattern.split('/').findIndex((part) => /[*?[\\]/.test(part))
  const start = wildcard < 0 ? pattern : pattern.split('/').slice(0, wildcard).join('/')
  return [{ keeps, matches: pathPattern(pattern), start }]
}
