import type { SummaryPart } from '../outcome.js'
import type { SettingsOverview, ShownSetting } from './overview.js'

const LONGEST = 60
const NOT_SET = 'not set'

interface Row {
  readonly label: string
  readonly name: string
  readonly cells: readonly string[]
  readonly differs: boolean
}

/** How the settings of the environments differ, as parts of a job summary. */
export function settingsDiffReport(overview: SettingsOverview): readonly SummaryPart[] {
  const names = overview.environments.map(({ environment }) => environment)
  const rows = rowsOf(overview)
  const differing = rows.filter(({ differs }) => differs).length
  const checked = overview.example === undefined ? '' : ` \`${overview.example}\` names the same variables.`
  return [
    { kind: 'text', text: `Settings of the application: ${differing} of ${rows.length} differ between ${names.join(', ')}. All of them are what \`${overview.schema}\` allows.${checked}` },
    { kind: 'table', title: 'Settings by environment', columns: ['', 'Setting', 'Variable', ...names], rows: rows.map(({ differs, label, name, cells }) => [differs ? '≠' : '', label, name, ...cells]) },
    { kind: 'details', title: 'Where each value comes from', text: originsOf(overview).join('\n') },
  ]
}

/** How many settings are not the same everywhere. */
export function differingSettings(overview: SettingsOverview): readonly string[] {
  return rowsOf(overview).filter(({ differs }) => differs).map(({ name }) => name)
}

function rowsOf({ environments }: SettingsOverview): readonly Row[] {
  const known = new Map(environments.flatMap(({ settings }) => settings.map((setting) => [setting.name, setting] as const)))
  return [...known.values()].map(({ key, name }) => {
    const found = environments.map(({ settings }) => settings.find((setting) => setting.name === name))
    return { label: key ?? '', name, cells: found.map(cellOf), differs: new Set(found.map(meaningOf)).size > 1 }
  })
}

/** Two secrets are alike when both are set: what they hold is not known here, nor is it compared. */
function meaningOf(setting: ShownSetting | undefined): string {
  if (setting?.value === undefined) return 'unset'
  return setting.secret ? 'set' : `= ${setting.value}`
}

function cellOf(setting: ShownSetting | undefined): string {
  if (setting?.value === undefined) return NOT_SET
  if (setting.secret) return 'set'
  const text = setting.value.replaceAll('\n', '\\n')
  return text === '' ? '""' : text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

function originsOf({ environments }: SettingsOverview): readonly string[] {
  return environments.flatMap(({ environment, settings }) => settings.map(({ name, from }) => `${environment}  ${name}  ${from ?? NOT_SET}`))
}
