/**
 * Tail token: where the token of `tail` comes from: a file, which is read anew whenever one is needed, or the
 * environment. Not the command line, which everybody on the machine can read.
 */
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Token } from '../client/index.ts'
import { UsageError } from './command.ts'

const VARIABLE = 'TICKWIRE_TOKEN'

/** For a server that lets nobody read without one. */
export const NO_TOKEN = `the server wants a token: put it into ${VARIABLE} or a file for --token-file (auth_required)`

/** The token, or null where there is none. Throws a UsageError for a file that cannot be read. */
export function tokenFrom(path: string | undefined, env: NodeJS.ProcessEnv): Token | null {
  if (path === undefined) return env[VARIABLE] || null
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    throw new UsageError(`--token-file: ${(error as Error).message}`, { cause: error })
  }
  return async () => (await readFile(path, 'utf8')).trim()
}
