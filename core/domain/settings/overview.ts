/** One variable of a release in one environment, fit to be shown: a secret is set or not set, and nothing more is known of it. */
export interface ShownSetting {
  /** `database.pool-size`; absent for a variable that only `settings` of `ecluse.yml` names. */
  readonly key?: string
  readonly name: string
  readonly secret: boolean
  /** As it is written, references to variables unreplaced; `undefined`: not set. */
  readonly value?: string
  /** Where it is written, when something sets it. */
  readonly from?: string
}

export interface EnvironmentSettings {
  readonly environment: string
  readonly settings: readonly ShownSetting[]
}

/** The application's settings in every environment, checked. */
export interface SettingsOverview {
  /** How people name the schema's file. */
  readonly schema: string
  /** The example of a `.env` file that was checked, when there is one. */
  readonly example?: string
  readonly environments: readonly EnvironmentSettings[]
}
