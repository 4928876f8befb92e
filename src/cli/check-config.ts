/**
 * Check-config: prints the effective settings, or every problem with them.
 */
import { readFileSync } from 'node:fs'
import { loadConfig } from '../config/load.ts'
import { printConfig } from '../config/print.ts'
import { type Command, UsageError } from './command.ts'
import { parseOptions } from './options.ts'

export const checkConfig: Command = {
  summary: 'print the effective settings, or every problem with them',
  help: `usage: tickwire check-config

Reads the TICKWIRE_* variables as serve would, starts nothing, and prints the effective settings (exit code 0) or every
problem with them (on stderr, exit code 1). Passwords are not printed.`,

  async run(args) {
    const { positionals } = parseOptions(args, {})
    if (positionals.length > 0) throw new UsageError(`unexpected argument '${positionals[0]}'`)
    const loaded = loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
    if ('problems' in loaded) {
      process.stderr.write(loaded.problems.map((problem) => `${problem}\n`).join(''))
      return 1
    }
    process.stdout.write(printConfig(loaded.config))
    return 0
  },
}
