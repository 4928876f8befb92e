/**
 * Settings: the one table of everything that can be set. docs/configuration.md is generated from it (npm run docs).
 * Next:  config/load.ts reads an environment by it; config/relations.ts has what must hold between settings
 */
import type { Setting } from './kinds.ts'
import { ACCESS_SETTINGS } from './settings-access.ts'
import { CLIENT_SETTINGS } from './settings-clients.ts'
import { SERVING_SETTINGS } from './settings-serving.ts'
import { SOURCE_SETTINGS } from './settings-source.ts'

export const SETTINGS = {
  ...SOURCE_SETTINGS,
  ...SERVING_SETTINGS,
  ...CLIENT_SETTINGS,
  ...ACCESS_SETTINGS,
}

export type SettingKey = keyof typeof SETTINGS

type ValueOf<S> = S extends Setting<infer T> ? T : never

/** The effective settings. Times are in the unit that ends a name. */
export type Config = { [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> } & {
  /** The paths of those secrets that came from files. */
  readonly secretFiles: Readonly<Partial<Record<SettingKey, string>>>
}
