/**
 * Profiles of a worker, fetched piece by piece: as fast as the caller reads, so that no snapshot lies in memory whole.
 */
import type { Pieces, Profiler } from '../transport/profiles.ts'
import type { Question } from './messages.ts'
import type { WorkerProcess } from './process.ts'

/** The longest that a timer takes: a profile ends by itself, or with its process. */
const FOREVER_MS = 2 ** 31 - 1

export function profilerOf(process: WorkerProcess): Profiler {
  return {
    cpu: (seconds) => begin(process, { about: 'cpu', seconds }),
    heap: () => begin(process, { about: 'heap' }),
  }
}

async function begin(
  process: WorkerProcess,
  question: Question & { about: 'cpu' | 'heap' },
): Promise<Pieces> {
  const profile = await process.ask(question, FOREVER_MS)
  if (profile === null) throw lost(process)
  return profile === 0 ? null : piecesOf(process, profile)
}

async function* piecesOf(process: WorkerProcess, profile: number): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const piece = await process.ask({ about: 'piece', profile }, FOREVER_MS)
      if (piece !== null) yield piece
      else if (process.isServing) return
      else throw lost(process)
    }
  } finally {
    void process.ask({ about: 'release', profile }, FOREVER_MS)
  }
}

function lost({ number }: WorkerProcess): Error {
  return new Error(`worker ${number} ended before its profile did`)
}
