import { stringify } from 'yaml'
import { variableName } from '../../../core/domain/settings/setting.js'
import { seededRandom } from '../../support/traffic.js'

/** Sets of files drawn by chance: right ones, as trees of values, so that a test can spoil them. */

export type Tree = { [key: string]: unknown }

interface Definition {
  readonly path: readonly string[]
  readonly spec: Readonly<Record<string, unknown>>
}

export interface MadeUp {
  readonly definitions: readonly Definition[]
  readonly base: Tree
  readonly own: Readonly<Record<string, Tree>>
}

export interface Dice {
  below(limit: number): number
  pick<T>(from: readonly T[]): T
  chance(share: number): boolean
}

export function dice(seed: number): Dice {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  return { below, pick: (from) => from[below(from.length)]!, chance: (share) => random() < share }
}

const TYPES = ['string', 'number', 'boolean', 'url', 'duration', 'enum'] as const
const WORDS = ['database', 'logging', 'features', 'poolSize', 'max-idle', 'retry_after', 'level', 'cache', 'type', 'ttl', 'constructor', 'mail'] as const
const TEXTS = ['', 'plain', 'two words', '007', 'true', 'null', 'a: b', '# not a comment', 'quote " and \' and \\', 'ünïcödé', 'line\nend', '~', '1e3', ' edge ']

export function valueFor(spec: Readonly<Record<string, unknown>>, roll: Dice): string | number | boolean {
  switch (spec['type']) {
    case 'boolean': return roll.chance(0.5)
    case 'number': return roll.pick([0, 1, 5, 42, 99.5, -3, 1e-7, 100])
    case 'url': return roll.pick(['https://shop.example', 'redis://cache:6379/0', 'amqp://queue/%2F?x=1#y'])
    case 'duration': return roll.pick(['0s', '500ms', '1h30m', '2.5s', '7d'])
    case 'enum': return roll.pick(spec['values'] as readonly string[])
    default: return roll.pick(TEXTS)
  }
}

export function put(tree: Tree, [key, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[key!] = value
  else {
    const inner = Object.hasOwn(tree, key!) ? (tree[key!] as Tree) : {}
    tree[key!] = inner
    put(inner, rest, value)
  }
}

export function take(tree: Tree, [key, ...rest]: readonly string[]): void {
  if (!Object.hasOwn(tree, key!)) return
  if (rest.length === 0) delete tree[key!]
  else take(tree[key!] as Tree, rest)
}

export function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Tree)[key] : undefined), tree)
}

export function madeUp(roll: Dice): MadeUp {
  const definitions = definitionsOf(roll)
  const base: Tree = {}
  const own: Record<string, Tree> = { staging: {}, production: {} }
  for (const { path, spec } of definitions) {
    const value = (): unknown => (spec['secret'] === true ? `\${env:${roll.pick(['A', 'B'])}}` : valueFor(spec, roll))
    const left = spec['default'] !== undefined
    if (spec['required'] === false && !left) {
      if (roll.chance(0.3)) continue
      for (const tree of Object.values(own)) put(tree, path, roll.chance(0.3) ? null : value())
      continue
    }
    const shared = roll.chance(0.4)
    if (shared) put(base, path, value())
    for (const tree of Object.values(own)) if (!((shared || left) && roll.chance(0.5))) put(tree, path, value())
  }
  return { definitions, base, own }
}

function definitionsOf(roll: Dice): readonly Definition[] {
  const found = new Map<string, Definition>()
  for (let count = 2 + roll.below(6); count > 0; count -= 1) {
    const path = Array.from({ length: 1 + roll.below(3) }, () => roll.pick(WORDS))
    const clash = [...found.values()].some((other) => variableName(other.path) === variableName(path) || path.every((part, index) => other.path[index] === part) || other.path.every((part, index) => path[index] === part))
    if (clash) continue
    found.set(path.join('.'), { path, spec: specOf(roll) })
  }
  return [...found.values()]
}

function specOf(roll: Dice): Readonly<Record<string, unknown>> {
  const type = roll.pick(TYPES)
  const shape = type === 'enum' ? { type, values: ['debug', 'info', 'warn'] } : { type }
  const kind = roll.below(4)
  if (kind === 0) return { ...shape, default: valueFor(shape, roll) }
  if (kind === 1) return { ...shape, required: false }
  return kind === 2 && roll.chance(0.5) ? { ...shape, secret: true } : shape
}

export function filesOf({ definitions, base, own }: MadeUp): Record<string, string> {
  const schema: Tree = {}
  for (const { path, spec } of definitions) put(schema, path, spec)
  return {
    'ecluse.yml': 'environments: { staging: {}, production: {} }\n',
    'environments/schema.yml': stringify(schema),
    'environments/base.yml': stringify(base),
    ...Object.fromEntries(Object.entries(own).map(([name, tree]) => [`environments/${name}.yml`, stringify(tree)])),
  }
}

/** What a release should get, worked out another way: trees merged whole, then read key by key. */
export function expectedSettings(definitions: readonly Definition[], base: unknown, own: unknown): Readonly<Record<string, string>> {
  const merged = deepMerge(base ?? {}, own ?? {})
  return Object.fromEntries(definitions.flatMap(({ path, spec }) => {
    const found = at(merged, path)
    const value = found === undefined ? spec['default'] : found
    return value === undefined || value === null || spec['secret'] === true ? [] : [[variableName(path), typeof value === 'string' ? value : JSON.stringify(value)] as const]
  }))
}

export function deepMerge(base: unknown, own: unknown): unknown {
  if (!isTree(base) || !isTree(own)) return own
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(own)])].map((key) => [key, Object.hasOwn(base, key) && Object.hasOwn(own, key) ? deepMerge(base[key], own[key]) : (Object.hasOwn(own, key) ? own : base)[key]]))
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
