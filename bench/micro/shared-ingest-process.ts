/**
 * One process of shared-ingest.ts: reads Redis into a market by itself; or reads Redis and forwards what comes; or takes
 * that into a market. Without any clients.
 */
import { connect, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { deliver } from '../../src/ingest/deliver.ts'
import { Intake } from '../../src/ingest/intake.ts'
import { RedisSource } from '../../src/ingest/redis.ts'
import { Feed } from '../../src/market/feed.ts'
import { Fanout } from '../../test/support/fanout.ts'
import { FrameReader, FrameWriter } from './shared-ingest-frames.ts'

export type Role = 'reads' | 'forwards' | 'receives'

/** What it has used, and how many updates it has taken in. */
export interface Account {
  readonly cpuUs: number
  readonly updates: number
}

const PATTERN = 'ticker:*'
const [role, redisUrl, path] = process.argv.slice(2) as [Role, string, string]

const fanout = new Fanout(false)
const intake = new Intake(fanout.market, new Feed(5_000, Date.now(), () => {}), {
  mark: (topic) => fanout.registry.mark(topic),
  wallMs: Date.now,
  nowMs: () => performance.now(),
  complain: () => {},
  log: { info() {}, warn() {} },
})

const counted = await { reads, forwards, receives }[role]()
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send!({ cpuUs: user + system, updates: counted() } satisfies Account)
})
process.send!('ready')

async function reads(): Promise<() => number> {
  const log = { info() {}, warn() {} }
  const source = new RedisSource({ url: redisUrl, wanted: { patterns: [PATTERN] }, log })
  await new Promise<void>((resolve) => {
    const up = intake.up.bind(intake)
    intake.up = () => {
      up()
      resolve()
    }
    void source.start(intake)
  })
  return () => intake.counters.updates
}

/** One message of Redis is one frame for everybody; those of a turn are one write. */
async function forwards(): Promise<() => number> {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const frames = new FrameWriter()
  let count = 0
  let isDue = false
  const subscriber = new Redis(redisUrl)
  subscriber.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
    count++
    frames.add(channel, payload)
    if (isDue) return
    isDue = true
    setImmediate(() => {
      isDue = false
      const batch = frames.take()
      for (const socket of sockets) socket.write(batch)
    })
  })
  await subscriber.psubscribe(PATTERN)
  return () => count
}

async function receives(): Promise<() => number> {
  const reader = new FrameReader((topic, payload) => deliver(intake, topic, payload))
  const socket = connect(path)
  socket.on('data', (bytes) => reader.read(bytes as Buffer)) // no encoding is set
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return () => intake.counters.updates
}
