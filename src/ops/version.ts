/**
 * Version: what package.json says, which lies one folder above both src/ and dist/.
 */
import { readFileSync } from 'node:fs'

/** Throws where package.json is missing, which no installation leaves out. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string } // npm refuses a package without one
  return version
}
