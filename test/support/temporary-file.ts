/**
 * Temporary file: in a directory of its own, until remove().
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFile {
  readonly path: string
  remove(): Promise<void>
}

export async function temporaryFile(
  name: string,
  content: string | Buffer,
): Promise<TemporaryFile> {
  const directory = await mkdtemp(join(tmpdir(), 'tickwire-'))
  const path = join(directory, name)
  await writeFile(path, content)
  return { path, remove: () => rm(directory, { recursive: true }) }
}
