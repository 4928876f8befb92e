/**
 * Scale: from values to places on a chart, and the round values that stand at its axes.
 */

export interface Axis {
  readonly isLog: boolean
  readonly min: number
  readonly max: number
  readonly ticks: readonly Tick[]
}

export interface Tick {
  readonly value: number
  readonly label: string
}

const TICKS_MAX = 6
const STEPS = [1, 2, 5, 10] as const
/** From here on differences matter by their factor: a linear axis would press the smaller line to the ground. */
const LOG_FROM_FACTOR = 12

/**
 * An axis around values. It is logarithmic where they differ by a large factor and all of them are above 0, and begins
 * at 0 otherwise.
 */
export function axisOf(values: readonly number[], label: (value: number) => string): Axis {
  const known = values.length === 0 ? [0, 1] : values
  const least = known.reduce((a, b) => Math.min(a, b))
  const most = known.reduce((a, b) => Math.max(a, b))
  const isLog = least > 0 && most / least >= LOG_FROM_FACTOR
  return isLog ? logAxis(least, most, label) : linearAxis(least, most, label)
}

/** From the 1, 2 or 5 below the least value to that above the most, decades apart if they are many. */
export function logAxis(least: number, most: number, label: (value: number) => string): Axis {
  const min = floorOf(least)
  const max = floorOf(most) === most ? most : ceilingOf(most)
  const decades = Math.log10(max / min)
  const steps = decades > TICKS_MAX / 3 ? [1] : STEPS.slice(0, 3)
  const ticks: Tick[] = []
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    for (const step of steps) {
      const value = times(step, power)
      if (value >= min && value <= max) ticks.push({ value, label: label(value) })
    }
  }
  return { isLog: true, min, max, ticks }
}

/** From 0, or from below it, in round steps. */
export function linearAxis(least: number, most: number, label: (value: number) => string): Axis {
  const low = Math.min(0, least)
  const span = Math.max(most, 0) - low || 1
  const step = ceilingOf(span / TICKS_MAX)
  const first = Math.floor(low / step)
  const last = Math.ceil((low + span) / step)
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    // Multiplied and rounded, so that 3 x 0.1 does not become 0.30000000000000004.
    const value = Number(((first + i) * step).toPrecision(12))
    return { value, label: label(value) }
  })
  return { isLog: false, min: ticks[0]!.value, max: ticks.at(-1)!.value, ticks }
}

/** Where a value lies between two places; values outside of the axis lie at its ends. */
export function place(axis: Axis, value: number, from: number, to: number): number {
  const at = (v: number) => (axis.isLog ? Math.log(v) : v)
  const part = (at(value) - at(axis.min)) / (at(axis.max) - at(axis.min))
  // A logarithm of 0 or less is no number: that lies at the lower end.
  const clamped = Math.min(1, Math.max(0, Number.isNaN(part) ? 0 : part))
  return from + clamped * (to - from)
}

function floorOf(value: number): number {
  const power = Math.floor(Math.log10(value))
  const step = STEPS.findLast((step) => times(step, power) <= value) ?? 1
  return times(step, power)
}

function ceilingOf(value: number): number {
  const power = Math.floor(Math.log10(value))
  const step = STEPS.find((step) => times(step, power) >= value) ?? 10
  return times(step, power)
}

/** `step x 10 ** power` as it would be written: 5e-3 rather than 0.005000000000000001. */
function times(step: number, power: number): number {
  return Number(`${step}e${power}`)
}
