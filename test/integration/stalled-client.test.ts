/**
 * Stalled clients: they read nothing for 30 s at 2,000 updates a second on 200 topics, several times what the kernel's
 * buffers hold. The server's memory stays flat, the others miss nothing, and once they read again they end exact.
 * The publisher's own schedule drives it: a second is so many updates that the server has taken in.
 */
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { observe } from '../support/observer.ts'
import { tickwire } from '../support/program.ts'
import { startRedis } from '../support/redis.ts'
import { metricOf, metricsOf, type ServerProcess, serveProcess } from '../support/serve.ts'

const TOPICS = 200
const UPDATES_PER_S = 2_000
const STALL_S = 30
/** So many that a server which queues for them grows far beyond the bound: each is sent 0.5 MB a second. */
const STALLED = 12
const GROWTH_BYTES_MAX = 30 * 1024 * 1024

test('clients that stall for 30 s cost no memory, disturb nobody, and end exact', {
  timeout: 120_000,
}, async () => {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const observer = await observe(redis.url)
  onTestFinished(observer.stop)
  // Never stale: telling of it would wake the lanes that ought to wake by themselves.
  const env = {
    TICKWIRE_REDIS_URL: redis.url,
    TICKWIRE_STALE_AFTER_MS: '86400000',
    // What a lane does that is held, not that it is closed in the end.
    TICKWIRE_LANE_TIMEOUT_MS: '120000',
  }
  const server = await serveProcess(env)
  onTestFinished(server.stop)
  const stalled = await Promise.all(Array.from({ length: STALLED }, () => join(server, 'full')))
  const healthy = [await join(server, 'full'), await join(server, 'delta')]

  const args = ['--redis', redis.url, '--simulate', '--symbols', `${TOPICS}`]
  const publisher = tickwire(['publish', ...args, '--rate', `${UPDATES_PER_S}`])
  onTestFinished(() => publisher.stop())
  await eventually(() => expect(healthy[0]!.records.size).toBe(TOPICS))
  for (const client of stalled) client.socket.pause()
  const rss = await sampleSeconds(server)
  // One that reads may be held for a moment.
  await eventually(async () => {
    const held = await metricsOf(server)
    expect(held['tickwire_lanes{hold="credit"}']).toBe(STALLED)
    expect(held.tickwire_connections).toBe(STALLED + healthy.length)
  })
  const growth = median(rss.slice(25)) - median(rss.slice(5, 10))
  expect(growth).toBeLessThan(GROWTH_BYTES_MAX)
  console.log(`30 s, ${STALLED} stalled: RSS ${mib(rss[7]!)} -> ${mib(rss.at(-1)!)} MiB`)

  expect(await publisher.terminate(), publisher.stderr).toBe(0)
  for (const client of healthy) await exact(client, observer.records)
  for (const client of stalled) {
    expect(Object.fromEntries(client.records)).not.toEqual(observer.records)
    client.socket.resume()
  }
  for (const client of stalled) await exact(client, observer.records)
  for (const client of [...stalled, ...healthy]) {
    expect(client.violations).toEqual([])
    expect(client.closed).toBeNull()
  }
  await eventually(async () => {
    const free = await metricOf(server, 'tickwire_lanes{hold="none"}')
    expect(free).toBe(STALLED + healthy.length)
  })
})

async function join(server: ServerProcess, mode: 'full' | 'delta'): Promise<Client> {
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'], { mode })
  return client
}

/** The server's memory at the end of each second of the stall, by the publisher's clock. */
async function sampleSeconds(server: ServerProcess): Promise<number[]> {
  const updates = () => metricOf(server, 'tickwire_updates_total')
  const begin = await updates()
  const rss: number[] = []
  for (let second = 1; second <= STALL_S; second++) {
    await eventually(async () => (await updates()) >= begin + second * UPDATES_PER_S)
    rss.push(await server.rssBytes())
  }
  return rss
}

function exact(client: Client, records: object): Promise<void> {
  const check = () => expect(Object.fromEntries(client.records)).toEqual(records)
  return eventually(check, { timeoutMs: 30_000 })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}
