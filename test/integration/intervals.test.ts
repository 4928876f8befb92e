/**
 * Intervals over real sockets and a real Redis, with topics that change at random: each lane is sent one frame an
 * interval, the latest values in the end, and the interval can be changed while prices come.
 */
import { expect, onTestFinished, test } from 'vitest'
import { Publisher } from '../../bench/load/publisher.ts'
import { Receivers } from '../../bench/load/receivers.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis } from '../support/redis.ts'
import { metricOf, metricsOf, type ServerProcess, serveProcess } from '../support/serve.ts'

const TOPICS = 500
const TOPICS_EACH = 50
const LANES = 200
const UPDATES_PER_S = 5_000
const INTERVAL_MS = 250
/** By the publisher's clock. */
const WARM_UP_S = 1
const SECONDS = 5
/** One each 250 ms, and a part of one for a machine that is late. */
const FRAMES_PER_S_MAX = 4.2

test('an interval bounds the frames of a lane, and the last values come all the same', {
  timeout: 60_000,
}, async () => {
  const { server, publisher, names } = await serve()
  const receivers = new Receivers()
  onTestFinished(() => receivers.stop())
  await receivers.join({
    url: `${server.url}/ws`,
    wire: 'json',
    topics: names,
    group: { name: 'clients', clients: LANES, topicsEach: TOPICS_EACH, bytesPerS: null },
    params: { intervalMs: INTERVAL_MS },
  })
  await publisher.start()
  await untilSecond(server, WARM_UP_S)
  const before = await sent(server)
  await untilSecond(server, SECONDS)
  const after = await sent(server)
  const { counts } = await publisher.finish()

  const framesALane = (after.frames - before.frames) / LANES
  const messagesALane = (after.messages - before.messages) / LANES
  const seconds = (after.latestMs - before.earliestMs) / 1_000
  console.log(
    `${(framesALane / seconds).toFixed(2)} frames and ${(messagesALane / seconds).toFixed(1)} messages ` +
      `a second and lane, over ${seconds.toFixed(2)} s`,
  )
  expect(framesALane).toBeLessThanOrEqual(FRAMES_PER_S_MAX * seconds + 1)
  expect(framesALane).toBeGreaterThan(1)
  await eventually(async () => expect(await receivers.exact(counts)).toBe(LANES))
  const { disorders, closed } = await receivers.report()
  expect({ disorders, closed }).toEqual({ disorders: 0, closed: 0 })
})

test('an interval can be changed while prices come, and the result says so', {
  timeout: 60_000,
}, async () => {
  const { server, publisher, names } = await serve()
  const client = await Client.connect(server.url)
  const topics = names.slice(0, TOPICS_EACH)
  await client.subscribe(topics, { intervalMs: INTERVAL_MS })
  await publisher.start()
  await eventually(() => client.records.size === TOPICS_EACH)
  for (const intervalMs of [0, INTERVAL_MS, 0, INTERVAL_MS]) {
    const result = await client.subscribe(topics, { intervalMs })
    expect(result.topics).toEqual(
      topics.map((topic) => ({ topic, mode: 'full', intervalMs, held: true })),
    )
    if (intervalMs > 0) expect(await rate(server, client)).toBeLessThan(FRAMES_PER_S_MAX + 2)
    else {
      // While the machine stands still, there are few.
      const isOften = async () => (await rate(server, client)) > 4 * FRAMES_PER_S_MAX
      await eventually(isOften, { timeoutMs: 20_000 })
    }
  }
  const { counts } = await publisher.finish()
  await eventually(() => {
    const marks = topics.map((topic) => client.records.get(topic)?.mark)
    expect(marks.map((mark) => Number(`${mark}`.slice(4)))).toEqual(counts.slice(0, TOPICS_EACH))
  })
  expect(client.violations).toEqual([])
})

async function serve() {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  onTestFinished(server.stop)
  const publisher = new Publisher()
  onTestFinished(() => publisher.stop())
  const load = { topics: TOPICS, updatesPerS: UPDATES_PER_S, order: 'random' } as const
  return { server, publisher, names: await publisher.prepare(redis.url, load) }
}

/** Waits until the server has taken in what is published in so many seconds. */
function untilSecond(server: ServerProcess, second: number): Promise<boolean> {
  const isOver = async () =>
    (await metricOf(server, 'tickwire_updates_total')) >= second * UPDATES_PER_S
  return eventually(isOver, { timeoutMs: 30_000 })
}

/** What has been sent at some time between the two. */
async function sent(server: ServerProcess) {
  const earliestMs = performance.now()
  const metrics = await metricsOf(server)
  return {
    earliestMs,
    latestMs: performance.now(),
    frames: metrics['tickwire_frames_sent_total{dialect="json"}']!,
    messages: metrics['tickwire_messages_sent_total{dialect="json"}']!,
  }
}

/** Frames a second of a client, over a second of updates, and of time. */
async function rate(server: ServerProcess, client: Client): Promise<number> {
  const updates = () => metricOf(server, 'tickwire_updates_total')
  const from = { atMs: performance.now(), frames: client.frameCount, updates: await updates() }
  await eventually(async () => (await updates()) >= from.updates + UPDATES_PER_S)
  await eventually(() => performance.now() >= from.atMs + 1_000)
  return ((client.frameCount - from.frames) * 1_000) / (performance.now() - from.atMs)
}
