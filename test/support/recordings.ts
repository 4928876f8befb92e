/**
 * Recordings: the real market data beside the project, or a sample made by the simulator's walk where there is none;
 * and what a recording comes to, found without any of the project's own code.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { inject } from 'vitest'
import { Walk } from '../../src/ingest/walk.ts'
import type { AnyFields } from './state.ts'

const REAL = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
/** How many topics each real recording has, by its README. */
const TOPIC_COUNTS: Readonly<Record<string, number>> = {
  'multi-21venues-2021-04-05.ndjson.gz': 432,
  'binance-6markets-btc-eth-2024-08-08.ndjson.gz': 6,
}
const SAMPLE = { symbols: 60, seed: 7, changes: 30_000 }

export interface Recording {
  readonly name: string
  readonly path: string
  /** null where nobody has counted them. */
  readonly topicCount: number | null
}

/** Every recording there is; one that is made here is removed with this run's build. */
export function recordings(): Recording[] {
  const names = existsSync(REAL) ? readdirSync(REAL).filter((name) => name.endsWith('.gz')) : []
  if (names.length === 0) return [sample()]
  return names.map((name) => {
    return { name, path: `${REAL}${name}`, topicCount: TOPIC_COUNTS[name] ?? null }
  })
}

/** The whole record of each `ticker:{venue}:{symbol}` after the last line, and how many lines there are. */
export function fold(path: string): { records: Record<string, AnyFields>; lineCount: number } {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n')
  const records: Record<string, AnyFields> = {}
  for (const line of lines) {
    const update = JSON.parse(line) as AnyFields
    const topic = `ticker:${update.venue}:${update.symbol}`
    records[topic] = { ...records[topic], ...update }
    for (const name in update) if (update[name] === null) delete records[topic][name]
  }
  return { records, lineCount: lines.length }
}

function sample(): Recording {
  const walk = new Walk(SAMPLE)
  const beganAtMs = Date.UTC(2024, 0, 1)
  const updates = walk.all(beganAtMs)
  for (let i = 0; i < SAMPLE.changes; i++) updates.push(walk.next(beganAtMs + i))
  const lines = updates.map(({ update }) => `${JSON.stringify({ venue: 'sample', ...update })}\n`)
  const path = `${inject('build')}/sample.ndjson.gz`
  writeFileSync(path, gzipSync(lines.join('')))
  return { name: 'sample', path, topicCount: SAMPLE.symbols }
}
