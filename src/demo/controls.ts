/**
 * Controls: what can be chosen about the connection.
 */
import { byId } from './elements.ts'
import { DIALECTS, MODES, type Settings } from './settings.ts'

export interface ControlPorts {
  readonly change: (settings: Settings) => void
  readonly slow: (isSlow: boolean) => void
}

/** Shows the settings, and calls back with others. */
export function setUpControls(settings: Settings, ports: ControlPorts): void {
  const dialect = byId('dialect', HTMLSelectElement)
  const mode = byId('mode', HTMLSelectElement)
  const interval = byId('interval', HTMLSelectElement)
  const slow = byId('slow', HTMLInputElement)
  dialect.value = settings.dialect
  mode.value = settings.mode
  showInterval(interval, settings.intervalMs)
  slow.checked = false // a browser may remember it from the visit before

  const change = () =>
    ports.change({
      ...settings,
      dialect: DIALECTS.find((name) => name === dialect.value) ?? settings.dialect,
      mode: MODES.find((name) => name === mode.value) ?? settings.mode,
      intervalMs: Number(interval.value),
    })
  for (const select of [dialect, mode, interval]) select.addEventListener('change', change)
  slow.addEventListener('change', () => ports.slow(slow.checked))
}

/** The address may name an interval that the list does not have. */
function showInterval(select: HTMLSelectElement, intervalMs: number): void {
  const value = String(intervalMs)
  const isListed = [...select.options].some((option) => option.value === value)
  if (!isListed) select.add(new Option(`${value} ms`, value))
  select.value = value
}
