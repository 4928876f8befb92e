/**
 * Run: what every scenario shares: stopping all that was started, waiting, and telling where figures come from.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Registers what is to be stopped at the end, last first. */
export type Defer = (stop: () => Promise<unknown>) => void

/** Runs a scenario; the exit code is 1 when it fails. */
export async function run(scenario: (defer: Defer) => Promise<void>): Promise<void> {
  // So that handlers of 'exit' end the processes that were started.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  try {
    await scoped(scenario)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}

/** Runs a part of one: whatever it deferred is stopped at its end, also when it fails. */
export async function scoped<T>(part: (defer: Defer) => Promise<T>): Promise<T> {
  const stops: (() => Promise<unknown>)[] = []
  try {
    return await part((stop) => stops.push(stop))
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

/** Waits, while whatever was started goes on. */
export function forSeconds(seconds: number): Promise<void> {
  return sleep(seconds * 1_000)
}

/** Where figures come from. */
export function environment(): string {
  const model = cpus()[0]?.model.trim()
  const commit = git('rev-parse', '--short', 'HEAD') || 'no commit'
  const isChanged = git('status', '--porcelain', '--', 'src') !== ''
  return [
    `${cpus().length} x ${model}`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    `commit ${commit}${isChanged ? ' with changes in src' : ''}`,
    new Date().toISOString(),
  ].join(', ')
}

/** Prints rows in columns: the first to the left, all others to the right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    )
    console.log(`  ${cells.join('   ')}`)
  }
}

/** Writes results to a file, where one was asked for. */
export function writeJson(file: string | undefined, results: object): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}

/** A time for a reader: three digits are enough. */
export function inMs(ms: number): string {
  if (!Number.isFinite(ms)) return '-'
  return ms < 1_000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

export function inMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}
