/**
 * Command: what main.ts runs. One file a command.
 */

export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string
  /** The whole help text, with every option. */
  readonly help: string
  /** Runs to the end and returns the exit code: 0 done, 1 failed (said on stderr). */
  run(args: string[]): Promise<number>
}

/** The command line is wrong: main.ts prints the message and where to find help, and exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
