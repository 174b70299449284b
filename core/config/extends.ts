import type { Problem } from '../errors/families.js'
import type { KeyPath } from './document.js'
import { closest } from '../domain/closest.js'

type Mapping = Readonly<Record<string, unknown>>

/** An environment and what it extends, itself first. */
export type Chain = readonly string[]

/** Follows `extends` from one environment; a base that is not there and a circle are problems. */
export function chainOf(environments: Mapping, name: string, at: (path: KeyPath) => string): { readonly chain: Chain; readonly problems: readonly Problem[] } {
  const chain: string[] = []
  // The inputs may say everything about an environment that the file does not know; whether they do is not asked here.
  if (!Object.hasOwn(environments, name)) return { chain, problems: [] }
  let next: unknown = name
  while (typeof next === 'string') {
    const path = ['environments', chain.at(-1) ?? next, 'extends']
    if (chain.includes(next)) {
      return { chain, problems: [{ code: 'config-invalid', message: `${at(path)}: \`${path.join('.')}\` makes a circle: ${[...chain, next].join(' → ')}.`, fix: 'Let one of them stand on its own.' }] }
    }
    if (!Object.hasOwn(environments, next)) {
      const near = closest(next, Object.keys(environments))
      return { chain, problems: [{ code: 'config-invalid', message: `${at(path)}: \`${path.join('.')}\` names "${next}", and there is no such environment.`, fix: near === undefined ? `Use one of ${Object.keys(environments).join(', ')}.` : `Did you mean \`${near}\`?` }] }
    }
    chain.push(next)
    const base: unknown = environments[next]
    next = isMapping(base) ? base['extends'] : undefined
  }
  return { chain, problems: [] }
}

/** What an environment says with all it extends: mappings are merged, anything else of the nearer one counts. */
export function mergedChain(environments: Mapping, chain: Chain): Mapping {
  return chain.toReversed().reduce<Mapping>((merged, name) => {
    const own = environments[name]
    return isMapping(own) ? mergeMappings(merged, own) : merged
  }, {})
}

/** Keys that say one of several things, so that a nearer one takes the place of the whole. */
const WHOLE = new Set(['metrics', 'store'])

/** Whether something nearer takes the place of what is written at a path of one of the chain's environments. */
export function shadowed(environments: Mapping, chain: Chain, [name, ...path]: KeyPath): boolean {
  return chain.slice(0, chain.indexOf(String(name))).some((nearer) => {
    let own: unknown = environments[nearer]
    let base: unknown = environments[String(name)]
    for (const key of path) {
      if (!isMapping(own) || !isMapping(base) || !Object.hasOwn(own, key)) return false
      own = own[key]
      base = base[key]
      if (replaces(base, own, String(key))) return true
    }
    return true
  })
}

function replaces(base: unknown, own: unknown, key: string): boolean {
  return !isMapping(base) || !isMapping(own) || WHOLE.has(key) || (key === 'platform' && Object.keys(base)[0] !== Object.keys(own)[0])
}

export function merge(base: unknown, own: unknown, key = ''): unknown {
  return isMapping(base) && isMapping(own) && !replaces(base, own, key) ? mergeMappings(base, own) : own
}

function mergeMappings(base: Mapping, own: Mapping): Mapping {
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(own)])].map((inner) => [inner, Object.hasOwn(own, inner) ? merge(base[inner], own[inner], inner) : base[inner]]))
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
