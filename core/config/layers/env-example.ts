import { closest } from '../../domain/closest.js'
import { expectedOf, parsedSetting, rendered, type Setting } from '../../domain/settings/setting.js'
import type { Problem } from '../../errors/families.js'
import { assignmentsIn } from '../../inputs/assignments.js'
import { secretKind } from '../literal-secrets.js'
import { realSecret } from './placeholder.js'
import type { SettingsSchema } from './read-schema.js'

interface Example {
  /** As people name it: `.env.example`. */
  readonly name: string
  readonly text: string
}

/** In what an example of a `.env` file and the schema don't agree, in both directions. `others`: variables that `ecluse.yml` sets itself. */
export function exampleProblems({ name: file, text }: Example, schema: SettingsSchema, others: readonly string[]): readonly Problem[] {
  const known = new Map(schema.settings.map((setting) => [setting.name, setting]))
  const seen = new Map<string, number>()
  const problems: Problem[] = []
  const say = (at: string, message: string, fix: string): void => void problems.push({ code: 'config-invalid', message: `${at}: ${message}.`, fix })
  for (const one of assignmentsIn(text)) {
    const at = `${file}:${one.line}:${one.column}`
    if ('wrong' in one) {
      say(at, `the line ${one.wrong}`, 'Write one `NAME=value` a line, values with spaces or line ends in double quotes.')
      continue
    }
    const { name, value } = one
    const before = seen.get(name)
    if (before !== undefined) say(at, `\`${name}\` is there twice, first in line ${before}`, 'Keep one of them.')
    seen.set(name, before ?? one.line)
    const setting = known.get(name)
    if (setting === undefined && !others.includes(name)) say(at, `\`${name}\` is not a variable that ${schema.name} has`, unknownFix(name, [...known.keys(), ...others], schema))
    const kind = realSecret(name, value, setting?.secret === true)
    if (kind !== undefined) say(at, `\`${name}\` holds ${kind}`, 'Take it out (and change it: it is known now), and leave the value empty.')
    else if (setting !== undefined && value !== '' && !setting.secret && parsedSetting(setting, value) === undefined) {
      say(at, `\`${name}\` is ${secretKind(name, value) === undefined ? `"${value.slice(0, 60)}"` : 'of another type'}, and \`${setting.key}\` (${setting.at}) is of the type \`${setting.type}\``, `Write ${expectedOf(setting)}, or nothing.`)
    }
  }
  for (const setting of schema.settings.filter(({ name }) => !seen.has(name))) {
    say(`${file}:1:1`, `\`${setting.name}\` is not in it, and ${schema.name} has \`${setting.key}\` (${setting.at})`, `Add the line \`${lineOf(setting)}\`.`)
  }
  return problems
}

function unknownFix(name: string, names: readonly string[], schema: SettingsSchema): string {
  const near = closest(name, names)
  return `${near === undefined ? '' : `Did you mean \`${near}\`? `}Define it in ${schema.name}, or take it out.`
}

function lineOf({ name, secret, default: usual, values = [] }: Setting): string {
  const value = secret ? '' : usual === undefined ? (values[0] ?? '') : rendered(usual)
  return `${name}=${/[\s#"'\\]/.test(value) ? JSON.stringify(value) : value}`
}
