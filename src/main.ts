#!/usr/bin/env node
/**
 * Main: the process. Arguments in, exit code out.
 * Next:  cli/commands.ts
 */
import { runCommand } from './cli/commands.ts'

/** Whoever reads us has gone (`tail | head`): there is nobody to write to and nothing wrong. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const code = await runCommand(process.argv.slice(2))
// exit() drops what a pipe has not taken yet, so let the last of it go first.
process.stdout.write('', () => process.exit(code))
