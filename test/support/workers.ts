/**
 * Workers: a server of several processes on one port, and what a test wants to know of each.
 */
import { readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { eventually } from './eventually.ts'
import type { Env } from './program.ts'
import { type ServerProcess, serveProcess } from './serve.ts'

/** A supervisor with its workers, all ended with the test. */
export async function serveWorkers(count: number, env: Env = {}): Promise<ServerProcess> {
  const server = await serveProcess({ TICKWIRE_WORKERS: `${count}`, ...env })
  onTestFinished(() => stopAll(server))
  return server
}

/** The process ids of the workers that are there, by their numbers. */
export function workersOf({ program }: ServerProcess): Map<number, number> {
  const { pid } = program
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return new Map(children.split(' ').flatMap((child) => numbered(Number(child))))
}

/** Whether the process is there, and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Which worker has how many of the connections, by /lanes. */
export async function connectionsByWorker({ admin }: ServerProcess): Promise<Map<number, number>> {
  const response = await fetch(`${admin}/lanes?top=1000`)
  const { lanes } = (await response.json()) as { lanes: { worker: number }[] }
  const counts = new Map<number, number>()
  for (const { worker } of lanes) counts.set(worker, (counts.get(worker) ?? 0) + 1)
  return counts
}

export async function readinessOf({ admin }: ServerProcess) {
  const response = await fetch(`${admin}/readyz`)
  return { status: response.status, ...((await response.json()) as { reasons: string[] }) }
}

/** Workers whose supervisor is killed end by themselves, at once where there is nobody to send away. */
async function stopAll(server: ServerProcess): Promise<void> {
  if (server.program.hasEnded) return
  const pids = [...workersOf(server).values()]
  await server.stop()
  await eventually(() => !pids.some(isAlive))
}

function numbered(pid: number): [number, number][] {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const at = words.indexOf('--worker')
    return at === -1 ? [] : [[Number(words[at + 1]), pid]]
  } catch {
    return [] // it has ended meanwhile
  }
}
