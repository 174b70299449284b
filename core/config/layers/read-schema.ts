import { closest } from '../../domain/closest.js'
import { settingTypes, variableName, type Setting } from '../../domain/settings/setting.js'
import type { Problem } from '../../errors/families.js'
import { valuesOf, type KeyPath, type Source } from '../document.js'
import { isMapping } from '../extends.js'
import { secretKind } from '../literal-secrets.js'
import { problemsOf, wrong, type Places } from '../problems.js'
import { contradictions, definitionSchema, type Definition } from './definition.js'

/** Keys and groups of keys, as the schema nests them. */
export type Group = ReadonlyMap<string, Setting | { readonly group: Group }>

export interface SettingsSchema {
  /** As people name its file. */
  readonly name: string
  readonly root: Group
  /** All keys, in the order of the file. */
  readonly settings: readonly Setting[]
}

export const asWritten = (source: Source): Places => ({ at: (path) => source.at(path), name: (path) => path.join('.'), hide: (text) => text })

const KEY = /^[A-Za-z][A-Za-z0-9_-]*$/
const EXAMPLE = 'a group of keys, or a key with its type, such as `{ type: number, default: 10 }`'

/** The schema that the layers of all environments follow. */
export function readSchema(source: Source): { readonly schema: SettingsSchema; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const settings: Setting[] = []
  const places = asWritten(source)
  const groupAt = (value: Readonly<Record<string, unknown>>, path: KeyPath): Group => {
    const entries = Object.entries(value).flatMap(([part, inner]): readonly (readonly [string, Setting | { readonly group: Group }])[] => {
      const below = [...path, part]
      if (!KEY.test(part)) {
        problems.push(fault(source, below, 'is no name for a key', 'Name it with letters, digits, `-` and `_`, beginning with a letter.'))
        return []
      }
      if (!isMapping(inner)) {
        problems.push(typeof inner === 'string' && closest(inner, settingTypes) !== undefined ? fault(source, below, `is "${inner}"`, `Write \`{ type: ${closest(inner, settingTypes)} }\`.`) : wrong(below, EXAMPLE, inner, places))
        return []
      }
      if (typeof inner['type'] !== 'string') return [[part, { group: groupAt(inner, below) }]]
      const setting = settingAt(source, inner, below, places, problems)
      if (setting === undefined) return []
      settings.push(setting)
      return [[part, setting]]
    })
    return new Map(entries)
  }
  const raw = valuesOf(source)?.value
  if (!isMapping(raw)) problems.push({ code: 'config-invalid', message: `${source.at([])}: the schema of the settings is not a mapping.`, fix: 'Begin it with a group, such as `database: { pool-size: { type: number, default: 10 } }`.' })
  const root = groupAt(isMapping(raw) ? raw : {}, [])
  return { schema: { name: source.name, root, settings }, problems: [...problems, ...collisions(settings)] }
}

function fault(source: Source, path: KeyPath, why: string, fix: string): Problem {
  return { code: 'config-invalid', message: `${source.at(path)}: \`${path.join('.')}\` ${why}.`, fix }
}

function settingAt(source: Source, raw: Readonly<Record<string, unknown>>, path: KeyPath, places: Places, problems: Problem[]): Setting | undefined {
  const parsed = definitionSchema.safeParse(raw)
  if (!parsed.success) {
    problems.push(...problemsOf(parsed.error, definitionSchema, raw, { ...places, at: (inner) => source.at([...path, ...inner]), name: (inner) => [...path, ...inner].join('.') }))
    return undefined
  }
  const setting = settingOf(parsed.data, path.map(String), source.at(path))
  problems.push(...contradictions(parsed.data).map(([key, why, fix]) => fault(source, [...path, key], why, fix)), ...nameFaults(source, setting, path))
  return setting
}

function settingOf({ type, values, min, max, required, secret = false, description, env, ...rest }: Definition, path: readonly string[], at: string): Setting {
  return {
    key: path.join('.'),
    name: env ?? variableName(path),
    type,
    ...(values === undefined ? {} : { values }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    required: required ?? rest.default === undefined,
    ...(rest.default === undefined ? {} : { default: rest.default }),
    secret,
    ...(description === undefined ? {} : { description }),
    at,
  }
}

/** What is refused as a secret in a release's settings is better said here, once, than at each delivery. */
function nameFaults(source: Source, { name, key, secret }: Setting, path: KeyPath): readonly Problem[] {
  const named = [name, String(path.at(-1))].some((word) => secretKind(word, 'x') !== undefined)
  return [
    ...(named && !secret ? [fault(source, path, `(\`${name}\`) is what its name calls a secret`, 'Add `secret: true`, or name it otherwise.')] : []),
    ...(/^ECLUSE_/i.test(name) ? [fault(source, path, `becomes \`${name}\`, and Ecluse tells a release itself what begins so`, `Name it otherwise than \`${key}\`.`)] : []),
  ]
}

function collisions(settings: readonly Setting[]): readonly Problem[] {
  const first = new Map<string, Setting>()
  return settings.flatMap((setting): readonly Problem[] => {
    const other = first.get(setting.name)
    if (other === undefined) {
      first.set(setting.name, setting)
      return []
    }
    return [{ code: 'config-invalid', message: `${setting.at}: \`${setting.key}\` becomes \`${setting.name}\`, and so does \`${other.key}\` (${other.at}).`, fix: 'Rename one of them, or give one a name of its own with `env: NAME`.' }]
  })
}
