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

const FITTING: Readonly<Record<SettingType, (value: unknown, shape: Shape) => boolean>> = {
  string: (value) => typeof value === 'string' && !value.includes('\0'),
  boolean: (value) => typeof value === 'boolean',
  number: (value, shape) => typeof value === 'number' && inRange(shape, value),
  url: (value) => typeof value === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:\/\/\S+$/.test(value) && URL.canParse(value),
  duration: (value) => typeof value === 'string' && parseDuration(value) !== undefined,
  enum: (value, { values = [] }) => typeof value === 'string' && values.includes(value),
}

/** Whether a value, as YAML reads it, is of the setting's type. */
export function fits(setting: Shape, value: unknown): value is SettingValue {
  return FITTING[setting.type](value, setting)
}

/** A whole number that is too long to be exact would reach the application as another one. */
function inRange({ min = -Infinity, max = Infinity }: Shape, value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) && value >= min && value <= max
}

const EXPECTED: Readonly<Record<SettingType, (shape: Shape) => string>> = {
  string: () => 'a text, in quotes when it looks like a number, `true`, `false` or `null`',
  boolean: () => '`true` or `false`',
  number: ({ min, max }) => `a number${rangeOf(min, max)}`,
  url: () => 'an address with its scheme, such as `https://shop.example` or `redis://cache:6379/0`',
  duration: () => 'a duration, such as `500ms`, `90s`, `15m` or `1h30m`',
  enum: ({ values = [] }) => values.map((value) => `\`${value}\``).join(', ').replace(/, ([^,]*)$/, ' or $1'),
}

/** Completes "Write …". */
export function expectedOf(setting: Shape): string {
  return EXPECTED[setting.type](setting)
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
