/**
 * Format: numbers and times as the page shows them. Pure.
 */

/** What stands where nothing is known. */
export const NOTHING = '–'

const HOUR_MS = 3_600_000

/** A count a second. */
export function rate(value: number): string {
  if (value > 0 && value < 10) return value.toFixed(1)
  return Math.round(value).toLocaleString('en-US')
}

export function bytes(value: number): string {
  if (value < 1_000) return `${Math.round(value)} B`
  if (value < 1_000_000) return `${(value / 1_000).toFixed(value < 10_000 ? 1 : 0)} kB`
  return `${(value / 1_000_000).toFixed(2)} MB`
}

/** A time in ms, NaN where none is known. */
export function duration(ms: number): string {
  if (Number.isNaN(ms)) return NOTHING
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`
  return 'over 1 h'
}

/** How late data is by its licence: in whole units, as it is written there. */
export function delay(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}

export function percent(part: number): string {
  if (Number.isNaN(part)) return NOTHING
  return `${(part * 100).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`
}

/** With its sign, which is what one looks for. */
export function signedPercent(part: number): string {
  if (Number.isNaN(part)) return NOTHING
  const text = (part * 100).toFixed(2)
  return part > 0 && text !== '0.00' ? `+${text}` : text === '-0.00' ? '0.00' : text
}

const pad = (value: number, digits: number) => String(value).padStart(digits, '0')

/** The time of the day here, to the ms; `ms` since the epoch, NaN where none is known. */
export function clock(ms: number, hasMs = true): string {
  if (Number.isNaN(ms)) return NOTHING
  const date = new Date(ms)
  const text = `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}`
  return hasMs ? `${text}.${pad(date.getMilliseconds(), 3)}` : text
}

/** How many digits a price has behind its point, as it was published. */
export function digitsOf(price: string): number {
  const point = price.indexOf('.')
  return point === -1 ? 0 : price.length - point - 1
}
