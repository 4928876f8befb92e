/**
 * A publisher that floods: goal: the server's memory is bounded, what clients read is current or they are told that it is
 * not, and all is exact soon after. Method: a process pipelines numbered updates as fast as Redis takes them; clients of
 * every way follow them, and one a quiet topic beside it. What was shed and how old values were is printed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { flood } from '../support/flood.ts'
import { exact, join, logged, redisHere, serverAt, told } from '../support/redis-scene.ts'
import { metricsOf, type ServerProcess } from '../support/serve.ts'

const FLOOD_MS = 10_000
const PULSE_MS = 100
const SLOW = { timeout: 120_000 }
/** Of a server that queues, the backlog of the flood would be many times this. */
const GROWTH_BYTES_MAX = 200 * 1024 * 1024

test.each([
  { limit: '33554432 8388608 60', share: 1 },
  { limit: '0 0 0', share: 1 },
  { limit: '33554432 8388608 60', share: 0.1 },
  { limit: '0 0 0', share: 0.1 },
])('flooded, output buffer limit $limit, $share of a core', SLOW, async ({ limit, share }) => {
  const redis = await redisHere()
  await redis.command('config', 'set', 'client-output-buffer-limit', `pubsub ${limit}`)
  const server = await serverAt(redis.url)
  const clients = await join(server)
  await told(clients, 'live')
  const ages = watchAges(clients[0]!)
  const rss = watchRss(server)
  const before = await server.rssBytes()

  const fullSpeed = slowDown(server, share)
  const { count, elapsedMs, records } = await flood(redis.port, FLOOD_MS)
  fullSpeed()
  const endedAtMs = performance.now()
  await exact(clients, records)
  const exactMs = performance.now() - endedAtMs
  await told(clients, 'live')
  const most = rss.stop()
  expect(most - before).toBeLessThan(GROWTH_BYTES_MAX)

  const metrics = await metricsOf(server)
  const info = `${await redis.command('info', 'memory')}`
  console.log(
    `limit ${limit}, ${share} of a core: published ${perS(count, elapsedMs)}/s, taken in ${metrics.tickwire_updates_total} of ${count}; ` +
      `downs ${metrics.tickwire_feed_downs_total}; exact after ${exactMs.toFixed(0)} ms; ` +
      `RSS ${mib(before)} -> ${mib(most)} MiB; Redis ${/used_memory_peak_human:(\S+)/.exec(info)?.[1]}; ` +
      `age while live p50 ${ages.of(0.5)} p99 ${ages.of(0.99)} max ${ages.of(1)} ms of ${ages.count}; ` +
      `connected ${JSON.stringify(logged(server, 'redis is connected').map(({ time }) => time))} ` +
      `whys ${JSON.stringify(logged(server, 'feed down').map(({ why, time }) => [why, time]))}`,
  )
})

/** How old the flood's values are when this client reads them while it is told that the feed is live. */
function watchAges(client: Client) {
  const ages: number[] = []
  client.socket.on('message', (data: Buffer) => {
    if (client.notices.findLast(({ feed }) => feed !== undefined)?.feed !== 'live') return
    const now = Date.now()
    for (const { type, data: fields } of JSON.parse(data.toString()) as {
      type: string
      data: { at?: number }
    }[]) {
      if (type === 'full' && typeof fields.at === 'number') ages.push(now - fields.at)
    }
  })
  return {
    get count() {
      return ages.length
    },
    of: (share: number) =>
      ages.toSorted((a, b) => a - b)[Math.ceil(share * ages.length) - 1] ?? Number.NaN,
  }
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
