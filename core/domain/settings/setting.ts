import { parseDuration } from '../duration.js'

export const settingTypes = ['string', 'number', 'boolean', 'url', 'duration', 'enum'] as const
export type SettingType = (typeof settingTypes)[number]

export type SettingValue = string | number | boolean

/** One setting of the application, as the schema of the layers defines it. */
export interface Setting {
  /** `database.pool-size` */
  readonly key: string
  /** The variable that a release gets: `DATABASE_POOL_SIZE`. */
  readonly name: string
  readonly type: SettingType
  /** What an enum may be. */
  readonly values?: readonly string[]
  readonly min?: number
  readonly max?: number
  /** Every environment has a value for it. */
  readonly required: boolean
  readonly default?: SettingValue
  /** Its value is never written down: environments say only which variable holds it. */
  readonly secret: boolean
  readonly description?: string
  /** Where it is defined: `environments/schema.yml:3:3`. */
  readonly at: string
}

/** `database.pool-size` and `database.poolSize` both become `DATABASE_POOL_SIZE`. */
export function variableName(path: readonly string[]): string {
  return path.map((part) => part.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_').toUpperCase()).join('_')
}

type Shape = Pick<Setting, 'type' | 'values' | 'min' | 'max'>

/** Whether a value, as YAML reads it, is of the setting's type. */
export function fits(setting: Shape, value: unknown): value is SettingValue {
  switch (setting.type) {
    case 'string': return typeof value === 'string' && !value.includes('\0')
    case 'boolean': return typeof value === 'boolean'
    case 'number': return typeof value === 'number' && inRange(setting, value)
    case 'url': return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:\/\/\S+$/.test(value) && URL.canParse(value)
    case 'duration': return typeof value === 'string' && parseDuration(value) !== undefined
    case 'enum': return typeof value === 'string' && (setting.values ?? []).includes(value)
  }
}

/** A whole number that is too long to be exact would reach the application as another one. */
function inRange({ min = -Infinity, max = Infinity }: Shape, value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) && value >= min && value <= max
}

/** Completes "Write …". */
export function expectedOf({ type, values = [], min, max }: Shape): string {
  switch (type) {
    case 'string': return 'a text, in quotes when it looks like a number, `true`, `false` or `null`'
    case 'boolean': return '`true` or `false`'
    case 'number': return `a number${rangeOf(min, max)}`
    case 'url': return 'an address with its scheme, such as `https://shop.example` or `redis://cache:6379/0`'
    case 'duration': return 'a duration, such as `500ms`, `90s`, `15m` or `1h30m`'
    case 'enum': return values.map((value) => `\`${value}\``).join(', ').replace(/, ([^,]*)$/, ' or $1')
  }
}

function rangeOf(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

/** The text that a release gets. */
export function rendered(value: SettingValue): string {
  return String(value)
}

/** The value that a text stands for; `undefined` when it is none of the setting's type. */
export function parsedSetting(setting: Shape, text: string): SettingValue | undefined {
  const value = setting.type === 'boolean' ? flag(text) : setting.type === 'number' ? number(text) : text
  return fits(setting, value) ? value : undefined
}

function flag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

function number(text: string): number | undefined {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}
