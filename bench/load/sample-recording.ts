/**
 * Sample recording: a small file as operators record them, for a check that replaying works where there is no real one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Walk } from '../../src/ingest/walk.ts'

const SYMBOLS = 50
const UPDATES = 3_000
const INTERVAL_MS = 4
const BEGAN_AT_MS = Date.UTC(2024, 0, 1)

/** 12 s of updates, each with its symbol and time; gone with remove(). */
export async function sampleRecording() {
  const walk = new Walk({ symbols: SYMBOLS, seed: 1 })
  const updates = walk.all(BEGAN_AT_MS)
  for (let i = 0; i < UPDATES; i++) updates.push(walk.next(BEGAN_AT_MS + i * INTERVAL_MS))
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-bench-'))
  const path = join(folder, 'sample.ndjson')
  await writeFile(path, updates.map(({ update }) => `${JSON.stringify(update)}\n`).join(''))
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}
