import { settledIn } from '../../domain/settings/layers.js'
import { expectedOf, parsedSetting, rendered, type Setting } from '../../domain/settings/setting.js'
import type { Problem } from '../../errors/families.js'
import { valuesOf, type KeyPath } from '../document.js'
import { isMapping } from '../extends.js'
import { interpolate, type Brought } from '../interpolation.js'
import { settledSecrets } from '../literal-secrets.js'
import { wrong, type Places } from '../problems.js'
import type { LayerSet } from './layer-set.js'
import { refers, variableOf } from './read-layer.js'

/** What the layers give to a release in one environment. */
export interface Rendered {
  /** By name of the variable. */
  readonly settings: Readonly<Record<string, string>>
  /** Name of the variable → the variable of ours, or the secret, that holds its value. */
  readonly secretSettings: Readonly<Record<string, string>>
  readonly problems: readonly Problem[]
  /** What environment variables brought in: never shown. */
  readonly brought: readonly Brought[]
}

/** The settings of one environment, with variables put in. `except`: variables that something nearer sets. */
export function renderLayers(set: LayerSet, environment: string, env: Readonly<Record<string, string>>, except: ReadonlySet<string>): Rendered {
  const settings: Record<string, string> = {}
  const secretSettings: Record<string, string> = {}
  const problems: Problem[] = []
  const values = withVariables(set, environment, env, except)
  const layer = set.merged.get(environment) ?? new Map()
  const hide = (text: string): string => values.brought.reduce((shown, { value }) => (value.length > 2 ? shown.replaceAll(value, '***') : shown), text)
  for (const setting of set.schema.settings.filter(({ name }) => !except.has(name))) {
    const placed = settledIn(setting, layer)
    if (placed === undefined || placed.value === null) continue
    const at: Places = { at: () => placed.at, name: () => setting.key, hide }
    if (setting.secret) {
      secretSettings[setting.name] = variableOf(placed.value) ?? ''
      continue
    }
    const value = values.at(setting, placed.value)
    // A variable is always a text; what it stands for, the schema knows.
    const meant = refers(placed.value) ? parsedSetting(setting, String(value)) : placed.value
    if (meant === undefined) problems.push(...(value === placed.value ? [] : [wrong([setting.key], expectedOf(setting), value, at)]))
    else {
      settings[setting.name] = rendered(meant)
      problems.push(...settledSecrets({ [setting.name]: rendered(meant) }, at))
    }
  }
  return { settings, secretSettings, problems: [...values.problems, ...problems], brought: values.brought }
}

interface Values {
  at(setting: Setting, written: unknown): unknown
  readonly problems: readonly Problem[]
  readonly brought: readonly Brought[]
}

/** Both files again, as far as they count here, with variables in the places of their references. Secrets stay references. */
function withVariables(set: LayerSet, environment: string, env: Readonly<Record<string, string>>, except: ReadonlySet<string>): Values {
  const own = set.own.get(environment)
  const plain = new Set(set.schema.settings.filter(({ secret, name }) => !secret && !except.has(name)).map(({ key }) => key))
  const files = [own, set.base].flatMap((one) => one ?? [])
  const found = files.map(({ source, layer }) => {
    const counts = (path: KeyPath): boolean => plain.has(path.join('.')) && (source === own?.source || !own?.layer.has(path.join('.')))
    const replaced = interpolate(source, { below: [[]], counts }, env)
    return { layer, raw: valuesOf(source)?.value, ...replaced }
  })
  return {
    at: ({ key }, written) => {
      const owner = found.find(({ layer }) => layer.has(key))
      return owner === undefined ? written : key.split('.').reduce<unknown>((value, part) => (isMapping(value) ? value[part] : undefined), owner.raw)
    },
    problems: found.flatMap(({ problems }) => problems),
    brought: found.flatMap(({ brought }) => brought),
  }
}

/** What `settings` of `ecluse.yml` or the input say of a variable that the schema knows must be of its type, and no secret. */
export function explicitProblems({ schema }: LayerSet, settings: Readonly<Record<string, string>>, places: Places): readonly Problem[] {
  return schema.settings.filter(({ name }) => Object.hasOwn(settings, name)).flatMap((setting): readonly Problem[] => {
    const path = ['settings', setting.name]
    if (setting.secret) {
      return [{ code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` is secret (\`${setting.key}\`, ${setting.at}), and settings are written down with the release.`, fix: 'Take it out of `settings`, and write `"${env:NAME}"` in the layer of the environment.' }]
    }
    return parsedSetting(setting, settings[setting.name]!) === undefined ? [wrong(path, `${expectedOf(setting)}, as \`${setting.key}\` (${setting.at}) has it`, settings[setting.name], places)] : []
  })
}
