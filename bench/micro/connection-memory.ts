/**
 * What a topic, a connection and a subscription take, in the process and in the kernel: the figures of docs/sizing.md.
 * The server is in this process, its clients in another one; the kernel's figure is of both ends of each connection, and
 * of whatever else the machine does meanwhile. A connection's has its subscriptions in it.
 * Usage: npx tsx --expose-gc bench/micro/connection-memory.ts [CLIENTS [TOPICS_EACH [TOPICS]]]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { loadConfig } from '../../src/config/load.ts'
import { createServer } from '../../src/server.ts'
import { payloadOf, TOPICS_MAX } from '../load/payload.ts'

const [clients = 2_000, each = 1, topics = 200, port] = process.argv.slice(2).map(Number)
const JOINING_MAX = 50
const COLLECTIONS = 3
const SETTLE_MS = 500

interface Memory {
  readonly rss: number
  readonly heap: number
  readonly kernel: number
}

if (port === undefined) await measure()
else await joinAll()

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-memory-'))
  const file = join(folder, 'records.ndjson')
  const lines = Array.from({ length: topics }, (_, i) => {
    return `{"symbol":"S${i}",${payloadOf(i % TOPICS_MAX, 1, Date.now()).slice(1)}\n`
  })
  writeFileSync(file, lines.join(''))
  const loaded = loadConfig({
    TICKWIRE_PORT: '0',
    TICKWIRE_ADMIN_PORT: '0',
    TICKWIRE_LOG_LEVEL: 'silent',
    TICKWIRE_DRAIN_MS: '0',
    TICKWIRE_MAX_CONNECTIONS: '100000',
    TICKWIRE_FILE: file,
    TICKWIRE_FILE_SPEED: 'max',
  })
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  const server = createServer(loaded.config)
  const empty = await memory()
  const at = await server.start()
  const url = `http://127.0.0.1:${at.adminPort}/metrics`
  while (!(await (await fetch(url)).text()).includes(`\ntickwire_topics ${topics}\n`)) {
    await sleep(SETTLE_MS)
  }
  const filled = await memory()
  const args = [clients, each, topics, at.port].map(String)
  const child = fork(fileURLToPath(import.meta.url), args)
  await once(child, 'message')
  const joined = await memory()
  print('a topic', empty, filled, topics)
  print(`a connection with ${each} subscriptions`, filled, joined, clients)
  child.kill()
  await server.stop()
  rmSync(folder, { recursive: true })
}

async function memory(): Promise<Memory> {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc!()
    await sleep(SETTLE_MS)
  }
  const [, slabKiB] = /^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))!
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heap: heapUsed + external, kernel: Number(slabKiB) * 1024 }
}

function print(what: string, before: Memory, after: Memory, count: number): void {
  const of = (name: keyof Memory) => Math.round((after[name] - before[name]) / count)
  console.log(`${what}: RSS ${of('rss')} B, heap ${of('heap')} B, kernel ${of('kernel')} B`)
}

/** The clients' process: stays until it is ended. */
async function joinAll(): Promise<void> {
  for (let i = 0; i < clients; i += JOINING_MAX) {
    const some = Array.from({ length: Math.min(JOINING_MAX, clients - i) }, (_, k) =>
      joinOne(i + k),
    )
    await Promise.all(some)
  }
  process.send!('joined')
}

async function joinOne(index: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'tickwire.v1.json')
  await once(socket, 'open')
  const own = Array.from({ length: each }, (_, k) => `ticker:S${(index + k) % topics}`)
  socket.send(JSON.stringify({ id: 1, method: 'subscribe', params: { topics: own } }))
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      if (String(data).includes('"type":"result"')) resolve()
    })
  })
}
