/**
 * Flood: a publisher in a process of its own that pipelines as fast as Redis takes it, by the rules (the records in the
 * same transaction), for so long. Run by itself: `flood.ts PORT MILLISECONDS`; says what it published last.
 * Next:  redis-flood.test.ts
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { AnyFields } from './state.ts'

const SCRIPT = fileURLToPath(import.meta.url)
const TOPICS = 50
const BATCH_UPDATES = 500
/** Unanswered: enough to keep Redis busy all the time. */
const IN_FLIGHT_BATCHES = 40

export interface Flooded {
  readonly count: number
  readonly elapsedMs: number
  /** The last record of each topic. */
  readonly records: Record<string, AnyFields>
}

/** Floods the Redis at this port, and resolves with what was said once Redis has taken all of it. */
export async function flood(port: number, durationMs: number): Promise<Flooded> {
  const child = fork(SCRIPT, [`${port}`, `${durationMs}`], { execArgv: ['--import', 'tsx'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the flood ended with ${code}`)
  })
  ended.catch(() => {}) // after its message it is to end
  const [flooded] = (await Promise.race([once(child, 'message'), ended])) as [Flooded]
  return flooded
}

async function run(port: number, durationMs: number): Promise<Flooded> {
  const socket = createConnection(port, '127.0.0.1')
  const answers = { begun: 0, isOver: false, tail: '', wake: () => {} }
  socket.on('data', (bytes) => {
    // MULTI alone is answered with OK, one for each batch; a tail is too short to be counted twice.
    const text = answers.tail + bytes.toString('latin1')
    answers.begun += text.split('+OK\r\n').length - 1
    answers.isOver ||= text.includes('+PONG')
    answers.tail = text.slice(-4)
    answers.wake()
  })
  const answered = () =>
    new Promise<void>((resolve) => {
      answers.wake = resolve
    })
  const beganAtMs = Date.now()
  let count = 0
  let at = 0
  while (Date.now() < beganAtMs + durationMs) {
    at = Date.now()
    socket.write(batchFrom(count, at))
    count += BATCH_UPDATES
    while (count / BATCH_UPDATES - answers.begun >= IN_FLIGHT_BATCHES) await answered()
  }
  socket.write(command('PING'))
  while (!answers.isOver) await answered()
  socket.destroy()
  const last = Array.from({ length: TOPICS }, (_, i) => recordOf(count - TOPICS + i, at))
  const records = Object.fromEntries(last.map(({ topic, record }) => [topic, record]))
  return { count, elapsedMs: Date.now() - beganAtMs, records }
}

function recordOf(n: number, at: number): { topic: string; record: AnyFields } {
  return { topic: `ticker:FLOOD-${n % TOPICS}`, record: { n, at, text: 'x'.repeat(100) } }
}

function batchFrom(first: number, at: number): string {
  const parts = [command('MULTI')]
  const fields: string[] = []
  for (let n = first; n < first + BATCH_UPDATES; n++) {
    const { topic, record } = recordOf(n, at)
    const text = JSON.stringify(record)
    parts.push(command('PUBLISH', topic, text))
    if (n >= first + BATCH_UPDATES - TOPICS) fields.push(topic, text)
  }
  parts.push(command('HSET', 'tickwire:last', ...fields), command('EXEC'))
  return parts.join('')
}

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}

const [, script, port, durationMs] = process.argv
if (script === SCRIPT) {
  process.send!(await run(Number(port), Number(durationMs)))
  process.disconnect()
}
