/**
 * Signals: how a running command learns that it is to end, or to read again what may have changed.
 */

export type Signal = 'SIGINT' | 'SIGTERM'

const EXIT_CODES: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 }

/**
 * Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, as the shell would: whoever sends
 * it does not want to wait any longer.
 */
export function untilSignal(): Promise<Signal> {
  return new Promise((resolve) => {
    let isSecond = false
    const listen = (signal: Signal) => {
      if (isSecond) process.exit(EXIT_CODES[signal])
      isSecond = true
      resolve(signal)
    }
    process.on('SIGINT', listen)
    process.on('SIGTERM', listen)
  })
}

/** Calls `act` at each SIGHUP, which ends the process otherwise. */
export function onHangup(act: () => void): void {
  process.on('SIGHUP', act)
}
