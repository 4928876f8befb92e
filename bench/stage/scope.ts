/**
 * Scope: a part of a run that stops whatever it started, however it ends.
 */

/** Registers what is to be stopped at the end, last first. */
export type Defer = (stop: () => unknown) => void

/** Runs a part: whatever it deferred is stopped at its end, also when it fails. */
export async function scoped<T>(part: (defer: Defer) => Promise<T>): Promise<T> {
  const stops: (() => unknown)[] = []
  try {
    return await part((stop) => stops.push(stop))
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}
