import { isNode, visit, type Node, type Scalar } from 'yaml'
import type { Problem } from '../errors/families.js'
import { pathOf, type KeyPath, type Source } from './document.js'

/** What an environment variable brought in, and the key that it was brought to. */
export interface Brought {
  readonly key: string
  readonly value: string
}

const REFERENCE = /\$\{([^}]*)\}/g

/** What is looked at: the scalars below some paths, as far as they count. */
export interface Scopes {
  readonly below: readonly KeyPath[]
  readonly counts: (path: KeyPath) => boolean
  /** Where a variable that is not set is left as it is written. */
  readonly mayLack?: (path: KeyPath) => boolean
}

/** Puts environment variables in the place of `${env:NAME}`. */
export function interpolate(source: Source, scopes: Scopes, env: Readonly<Record<string, string>>): { readonly problems: readonly Problem[]; readonly brought: readonly Brought[] } {
  const problems: Problem[] = []
  const brought: Brought[] = []
  // A scalar is read once, also when aliases lead to it again: what a variable holds is never looked at for more.
  const done = new Set<Scalar>()
  const below = (root: Node, base: KeyPath): void => {
    visit(root, {
      Alias(_, alias, ancestors) {
        const meant = alias.resolve(source.document)
        if (meant !== undefined) below(meant, [...base, ...pathOf(alias, ancestors)])
      },
      Scalar(key, scalar, ancestors) {
        const path = [...base, ...pathOf(scalar, ancestors)]
        if (key === 'key' || done.has(scalar) || !scopes.counts(path)) return
        done.add(scalar)
        replace(scalar, path)
      },
    })
  }
  const replace = (scalar: Scalar, path: KeyPath): void => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return
    const whole = scalar.value
    const value = whole.replace(REFERENCE, (written: string, inside: string) => {
      const found = variable(inside, env)
      if ('value' in found) {
        brought.push({ key: String(path.at(-1)), value: found.value })
        return found.value
      }
      if (found.code === 'environment-variable-missing' && scopes.mayLack?.(path) === true) return written
      problems.push({ ...found, message: `${source.at(path)}: \`${path.join('.')}\` ${found.message}` })
      return written
    })
    scalar.value = scalar.type === 'PLAIN' && /^\$\{[^}]*\}$/.test(whole) ? plain(value) : value
  }
  for (const scope of scopes.below) {
    const root: unknown = source.document.getIn(scope, true)
    if (isNode(root)) below(root, scope)
  }
  return { problems, brought }
}

/** An unquoted `${env:PORT}` means what its value would mean if it stood there; `007` and long ids stay texts. */
function plain(value: string): string | number | boolean {
  if (/^(true|false)$/.test(value)) return value === 'true'
  return /^(0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value
}

function variable(inside: string, env: Readonly<Record<string, string>>): { readonly value: string } | Problem {
  const name = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(inside)?.[1]
  if (name === undefined) return { code: 'config-invalid', message: `holds "\${${inside}}".`, fix: 'Only `${env:NAME}` is replaced; write it so, or leave the `${…}` out.' }
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value === undefined || value === '') return { code: 'environment-variable-missing', message: `needs the environment variable \`${name}\`, which is not set.`, fix: `Set \`${name}\` in the \`env:\` of the step, or hand it over in \`ECLUSE_ENV\`.` }
  return { value }
}
