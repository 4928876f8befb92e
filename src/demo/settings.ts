/**
 * Settings: what can be chosen about the connection. They stand in the page's address, so that a page can be reloaded,
 * and handed on, as it is.
 */
import type { Mode } from '../client/index.ts'

export const DIALECTS = ['json', 'msgpack'] as const
export const MODES = ['full', 'delta'] as const satisfies readonly Mode[]

export interface Settings {
  /** The channel that is listed: all its topics. */
  readonly channel: string
  readonly dialect: (typeof DIALECTS)[number]
  readonly mode: Mode
  readonly intervalMs: number
}

const DEFAULTS: Settings = { channel: 'ticker', dialect: 'json', mode: 'delta', intervalMs: 0 }
const INTERVAL_MS_MAX = 60_000

/** Reads an address; what is not there, or is none, is as by default. */
export function settingsOf(search: string): Settings {
  const params = new URLSearchParams(search)
  const channel = params.get('channel') ?? ''
  const intervalMs = Number(params.get('interval') ?? DEFAULTS.intervalMs)
  const isInterval = intervalMs >= 0 && intervalMs <= INTERVAL_MS_MAX
  return {
    channel: /^[a-z][a-z0-9_.-]{0,31}$/.test(channel) ? channel : DEFAULTS.channel,
    dialect: DIALECTS.find((name) => name === params.get('dialect')) ?? DEFAULTS.dialect,
    mode: params.get('mode') === 'full' ? 'full' : DEFAULTS.mode,
    intervalMs: isInterval ? intervalMs : DEFAULTS.intervalMs,
  }
}

/** The other way round; nothing of what is as by default. */
export function searchOf(settings: Settings): string {
  const params = new URLSearchParams()
  if (settings.channel !== DEFAULTS.channel) params.set('channel', settings.channel)
  if (settings.dialect !== DEFAULTS.dialect) params.set('dialect', settings.dialect)
  if (settings.mode !== DEFAULTS.mode) params.set('mode', settings.mode)
  if (settings.intervalMs !== DEFAULTS.intervalMs) params.set('interval', `${settings.intervalMs}`)
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}
