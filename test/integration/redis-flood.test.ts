/**
 * A publisher that floods: goal: the server's memory is bounded, what clients read is current or they are told that it is
 * not, and all is exact soon after. Method: a process pipelines numbered updates as fast as Redis takes them; clients of
 * every way follow them, and one a quiet topic beside it. What was shed and how old values were is printed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { flood } from '../support/flood.ts'
import { exact, join, redisHere, serverAt, told } from '../support/redis-scene.ts'
import { metricsOf, type ServerProcess } from '../support/serve.ts'
import type { AnyMessage } from '../support/state.ts'

const FLOOD_MS = 10_000
const PULSE_MS = 100
const QUIET_PERIOD_MS = 50
const QUIET = 'ticker:QUIET'
const SLOW = { timeout: 180_000 }
/** The flood is a thousand times as many bytes as that, and most of it more than the server takes. */
const GROWTH_BYTES_MAX = 150 * 1024 * 1024
/** A value that is read as live is no older than a connection may be late, and what a starved loop adds to that. */
const AGE_MAX_MS = 8_000

test.each([
  { limit: '33554432 8388608 60', share: 1 },
  { limit: '0 0 0', share: 0.1 },
])('flooded, output buffer limit $limit, $share of a core', SLOW, async ({ limit, share }) => {
  const redis = await redisHere()
  await redis.command('config', 'set', 'client-output-buffer-limit', `pubsub ${limit}`)
  const server = await serverAt(redis.url)
  const quiet = publishQuietly(redis.url)
  const clients = await join(server)
  const aside = await Client.connect(server.url)
  await aside.subscribe([QUIET])
  await told(clients, 'live')
  const ages = { flood: watchAges(clients[0]!), quiet: watchAges(aside) }
  const rss = watchRss(server)
  const before = await server.rssBytes()

  const fullSpeed = slowDown(server, share)
  const { count, elapsedMs, records } = await flood(redis.port, FLOOD_MS)
  fullSpeed()
  const endedAtMs = performance.now()
  const last = await quiet.stop()
  await exact(clients, { ...records, [QUIET]: last })
  await exact([aside], { [QUIET]: last })
  const exactMs = performance.now() - endedAtMs
  await told(clients, 'live')
  const most = rss.stop()
  const metrics = await metricsOf(server)
  const info = `${await redis.command('info', 'memory')}`
  console.log(
    `limit ${limit}, ${share} of a core: published ${perS(count, elapsedMs)}/s, ` +
      `taken in ${metrics.tickwire_updates_total} of ${count}, sent ${clients[0]!.counts.full}; ` +
      `downs ${metrics.tickwire_feed_downs_total}; exact after ${exactMs.toFixed(0)} ms; ` +
      `RSS ${mib(before)} -> ${mib(most)} MiB; Redis ${/used_memory_peak_human:(\S+)/.exec(info)?.[1]}; ` +
      `age while live: ${ages.flood.text()}; of a quiet topic: ${ages.quiet.text()}`,
  )
  expect(most - before).toBeLessThan(GROWTH_BYTES_MAX)
  expect(Math.max(ages.flood.max(), ages.quiet.max())).toBeLessThan(AGE_MAX_MS)
  // What it cannot take, it says.
  if (share < 1) expect(metrics.tickwire_feed_downs_total).toBeGreaterThan(0)
})

/** How old values are when this client reads them while it is told that the feed is live, ms. */
function watchAges(client: Client) {
  const ages: number[] = []
  client.socket.on('message', (data: Buffer) => {
    if (client.notices.findLast(({ feed }) => feed !== undefined)?.feed !== 'live') return
    const now = Date.now()
    for (const message of JSON.parse(data.toString()) as AnyMessage[]) {
      if (message.type === 'full') ages.push(now - (message.data as { at: number }).at)
    }
  })
  const max = () => ages.reduce((most, age) => Math.max(most, age), 0)
  const median = () => ages.toSorted((a, b) => a - b)[ages.length >> 1]
  return { max, text: () => `p50 ${median()} max ${max()} ms of ${ages.length}` }
}

/** Publishes one topic now and then, by the rules. */
function publishQuietly(url: string) {
  const redis = new Redis(url)
  onTestFinished(() => redis.disconnect())
  let at = 0
  const publish = async () => {
    at = Math.max(at + 1, Date.now())
    const text = JSON.stringify({ at })
    await redis.multi().hset('tickwire:last', QUIET, text).publish(QUIET, text).exec()
  }
  let last = Promise.resolve()
  const timer = setInterval(() => {
    last = publish()
    last.catch(() => {}) // stop() tells
  }, QUIET_PERIOD_MS)
  onTestFinished(() => clearInterval(timer))
  const stop = async () => {
    clearInterval(timer)
    await last
    return { at }
  }
  return { stop }
}

/** Lets the server run for this share of the time alone, as a limit of its container would; until the return is called. */
function slowDown({ program }: ServerProcess, share: number): () => void {
  let isOver = share === 1
  const pulse = async () => {
    while (!isOver) {
      process.kill(program.pid, 'SIGSTOP')
      await sleep(PULSE_MS * (1 - share))
      process.kill(program.pid, 'SIGCONT')
      await sleep(PULSE_MS * share)
    }
  }
  void pulse()
  const end = () => {
    isOver = true
  }
  onTestFinished(end)
  return end
}

/** The most memory that the server has had since. */
function watchRss(server: ServerProcess) {
  let most = 0
  let isOver = false
  const look = async () => {
    while (!isOver) {
      most = Math.max(most, await server.rssBytes().catch(() => 0))
      await sleep(100)
    }
  }
  void look()
  const stop = () => {
    isOver = true
    return most
  }
  onTestFinished(() => void stop())
  return { stop }
}

const perS = (count: number, ms: number) => Math.round((count / ms) * 1_000)
const mib = (bytes: number) => Math.round(bytes / 1024 / 1024)
