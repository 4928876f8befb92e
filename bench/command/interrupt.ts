/**
 * Interrupt: Ctrl-C ends the measuring, and what there is is reported; a second one ends everything at once.
 */

const EXIT_INTERRUPTED = 130
const EXIT_CODES = { SIGTERM: 143, SIGHUP: 129 } as const

/** Aborted at the first Ctrl-C. Handlers of 'exit' end the processes that were started, however this one ends. */
export function interruptSignal(say: (text: string) => void): AbortSignal {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED)
    say('interrupted: reporting what there is (once more: end at once)')
    controller.abort()
  })
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(EXIT_CODES[signal]))
  }
  return controller.signal
}
