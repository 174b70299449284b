import type { Setting, SettingValue } from './setting.js'

/** What one file says of one key. */
export interface Placed {
  /** `null`: it is meant not to be set. */
  readonly value: SettingValue | null
  /** Where it is written: `environments/production.yml:3:5`. */
  readonly at: string
}

/** What a file says, by key. One schema says which keys are groups, so that no value ever meets a mapping. */
export type Layer = ReadonlyMap<string, Placed>

/** Later layers win, key by key. */
export function mergeLayers(...layers: readonly Layer[]): Layer {
  return new Map(layers.flatMap((layer) => [...layer]))
}

/** A value of one environment, and where it comes from; `undefined` when nothing sets it. */
export function settledIn(setting: Setting, layer: Layer): Placed | undefined {
  const placed = layer.get(setting.key)
  if (placed !== undefined) return placed.value === null ? undefined : placed
  return setting.default === undefined ? undefined : { value: setting.default, at: setting.at }
}

/** A key that an environment leaves open. */
export interface Gap {
  readonly setting: Setting
  readonly environment: string
  /** Where another environment, the first that does, sets it. */
  readonly other?: string
}

/**
 * Keys without a default that an environment does not mention: those that each must have, and those that another one sets.
 * Who means a key not to be set says `null`, so that nothing is absent by accident.
 */
export function gapsIn(settings: readonly Setting[], environments: ReadonlyMap<string, Layer>): readonly Gap[] {
  return settings.filter((setting) => setting.default === undefined).flatMap((setting) => {
    const silent = [...environments].filter(([, layer]) => !layer.has(setting.key))
    const other = [...environments.values()].map((layer) => layer.get(setting.key)).find((placed) => placed !== undefined && placed.value !== null)?.at
    if (!setting.required && other === undefined) return []
    return silent.map(([environment]) => ({ setting, environment, ...(other === undefined ? {} : { other }) }))
  })
}
