import { closest } from '../../domain/closest.js'
import type { Layer, Placed } from '../../domain/settings/layers.js'
import { expectedOf, fits, type Setting, type SettingValue } from '../../domain/settings/setting.js'
import type { Problem } from '../../errors/families.js'
import { valuesOf, type KeyPath, type Source } from '../document.js'
import { isMapping } from '../extends.js'
import { literalSecrets } from '../literal-secrets.js'
import { wrong } from '../problems.js'
import { asWritten, type Group, type SettingsSchema } from './read-schema.js'

const REFERENCE = /\$\{env:[A-Za-z_][A-Za-z0-9_]*\}/g

/** Whether a value is made of a variable: what it is can't be known before that is put in. */
export function refers(value: unknown): value is string {
  return typeof value === 'string' && value.includes('${')
}

/** The variable that a whole value stands for; `undefined` when it is anything else. */
export function variableOf(value: unknown): string | undefined {
  return typeof value === 'string' ? /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1] : undefined
}

function sayable(value: unknown): value is SettingValue | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** What one file says, key by key. Each file is right on its own, also where a nearer one takes the place of what it says. */
export function readLayer(source: Source, schema: SettingsSchema): { readonly layer: Layer; readonly problems: readonly Problem[] } {
  const layer = new Map<string, Placed>()
  const problems: Problem[] = []
  const places = asWritten(source)
  const told = literalSecrets(source)
  const walk = (value: unknown, group: Group, path: KeyPath): void => {
    if (!isMapping(value)) {
      problems.push(wrong(path, `a mapping of ${[...group.keys()].join(', ')}`, value, places))
      return
    }
    for (const [part, inner] of Object.entries(value)) {
      const below = [...path, part]
      const known = group.get(part)
      if (known === undefined) problems.push(unknown(source, below, group, schema))
      else if ('group' in known) walk(inner, known.group, below)
      else {
        const faults = valueFaults(known, inner, below, source, told)
        problems.push(...faults)
        if (faults.length === 0 && sayable(inner)) layer.set(known.key, { value: inner, at: source.at(below) })
      }
    }
  }
  const raw = valuesOf(source)
  if (raw === undefined) problems.push({ code: 'config-invalid', message: `${source.at([])}: the file's aliases multiply it beyond reason.`, fix: 'Write it out.' })
  // An empty file says nothing, which is a thing to say.
  else if (raw.value !== null && !isMapping(raw.value)) problems.push({ code: 'config-invalid', message: `${source.at([])}: the file is not a mapping.`, fix: `Begin it with one of ${[...schema.root.keys()].join(', ')}.` })
  else walk(raw.value ?? {}, schema.root, [])
  return { layer, problems: [...told, ...problems] }
}

function unknown(source: Source, path: KeyPath, group: Group, schema: SettingsSchema): Problem {
  const names = [...group.keys()]
  const near = closest(String(path.at(-1)), names)
  const elsewhere = schema.settings.find(({ key }) => key.split('.').at(-1) === path.at(-1))?.key
  const meant = near === undefined ? (elsewhere === undefined ? '' : `Did you mean \`${elsewhere}\`? `) : `Did you mean \`${[...path.slice(0, -1), near].join('.')}\`? `
  return {
    code: 'config-invalid',
    message: `${source.at(path)}: \`${path.join('.')}\` is not a key that ${schema.name} has.`,
    fix: `${meant}${names.length === 0 ? '' : `It could be ${names.join(', ')}; or `}${names.length === 0 ? 'Define' : 'define'} it in ${schema.name}.`,
  }
}

function valueFaults(setting: Setting, value: unknown, path: KeyPath, source: Source, told: readonly Problem[]): readonly Problem[] {
  const places = asWritten(source)
  const start = `${source.at(path)}: \`${path.join('.')}\``
  const fault = (why: string, fix: string): readonly Problem[] => [{ code: 'config-invalid', message: `${start} ${why}.`, fix }]
  if (value === null) {
    if (!setting.required && setting.default === undefined) return []
    return fault('is null', setting.required ? `Write ${setting.secret ? '`"${env:NAME}"`' : expectedOf(setting)}, or say \`required: false\` at ${setting.at}.` : `Write ${expectedOf(setting)}, or leave the key out: its default is ${JSON.stringify(setting.default)}.`)
  }
  if (setting.secret) {
    if (variableOf(value) !== undefined || told.some(({ message }) => message.startsWith(`${start} `))) return []
    return fault('is secret and is written out', 'Take it out of the file (and change it: it is known now), put it into a secret and write `"${env:NAME}"`, nothing else.')
  }
  if (!refers(value)) return fits(setting, value) ? [] : [wrong(path, expectedOf(setting), value, places)]
  const odd = /\$\{[^}]*\}?/.exec(value.replaceAll(REFERENCE, ''))?.[0]
  return odd === undefined ? [] : fault(`holds "${odd}"`, 'Only `${env:NAME}` is replaced; write it so, or leave the `${…}` out.')
}
