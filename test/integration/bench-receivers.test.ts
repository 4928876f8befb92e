/**
 * Bench receivers: goal: what the load generator counts is what came. Method: its receivers and an independent client
 * beside them, on tickwire and on each control, through a real Redis; and small servers that do what none should.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { WebSocket } from 'ws'
import { type Published, Publisher } from '../../bench/load/publisher.ts'
import { Receivers, type Wire } from '../../bench/load/receivers.ts'
import { BenchWitness } from '../support/bench-witness.ts'
import { eventually } from '../support/eventually.ts'
import { CLIENTS, payload, request, serveScript, TOPICS } from '../support/receivers.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'

/** Each topic changes each 200 ms: tickwire hardly ever has a value superseded before it is sent. */
const LOAD = { topics: TOPICS.length, updatesPerS: 250, order: 'turns' } as const
const UPDATES_MIN = 200

let redis: TestRedis
let tickwire: ServerProcess
const stops: (() => Promise<void>)[] = []

// Each child process is ended at this one's exit, and there are more of them than Node takes for a leak.
process.setMaxListeners(40)

beforeAll(async () => {
  redis = await startRedis()
  stopLater(redis.stop)
  tickwire = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  stopLater(tickwire.stop)
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

function stopLater(stop: () => Promise<void>): void {
  stops.push(stop)
}

type Defer = typeof stopLater

interface Case {
  readonly name: string
  readonly control?: string
  readonly wire: Wire
  readonly params?: object
}

const CASES: readonly Case[] = [
  { name: 'tickwire, json', wire: 'json' },
  { name: 'tickwire, msgpack', wire: 'msgpack' },
  { name: 'tickwire, delta', wire: 'json', params: { mode: 'delta' } },
  { name: 'raw-uws', control: 'raw-uws', wire: 'json' },
  { name: 'ws', control: 'ws', wire: 'json' },
  { name: 'socket.io', control: 'socket-io', wire: 'socket.io' },
]

describe('receivers count what an independent client reads', () => {
  const sides = new Map<string, { receivers: Receivers; witness: BenchWitness }>()
  let published: Published

  beforeAll(async () => {
    const publisher = forkPublisher(stopLater)
    await Promise.all([publisher.prepare(redis.url, LOAD), ...CASES.map(join)])
    await publisher.start()
    await eventually(() => sides.get('ws')!.witness.count >= UPDATES_MIN)
    published = await publisher.finish()
  })

  async function join({ name, control, wire, params = {} }: Case): Promise<void> {
    const url = control === undefined ? `${tickwire.url}/ws` : await serveControl(control)
    const receivers = forkReceivers(stopLater)
    const [witness] = await Promise.all([
      BenchWitness.join(url, wire, TOPICS, params),
      receivers.join({ ...request(url), wire, params }),
    ])
    stopLater(async () => witness.end())
    sides.set(name, { receivers, witness })
  }

  test.each(CASES)('on $name', async ({ name, control }) => {
    const { receivers, witness } = sides.get(name)!
    const marks = published.counts.map((count, i) => [digits(i, 3), markOf(i, count)])
    await eventually(() =>
      expect(Object.fromEntries(witness.marks)).toEqual(Object.fromEntries(marks)),
    )
    await eventually(async () => expect(await receivers.exact(published.counts)).toBe(CLIENTS))
    // Controls send all that there is.
    if (control !== undefined) expect(witness.count).toBe(published.total)
    const { ages, joins, frames, bytes, ...counted } = await receivers.report()
    expect(counted).toMatchObject({
      clients: CLIENTS,
      updates: witness.count * CLIENTS,
      disorders: 0,
      closed: 0,
      reconnects: 0,
    })
    expect(decodeFromCompressedBase64(ages).totalCount).toBe(counted.updates)
    expect(decodeFromCompressedBase64(joins).totalCount).toBe(CLIENTS)
    expect(bytes).toBeGreaterThan(frames)
    // One update short, and nobody is exact.
    expect(await receivers.exact(published.counts.with(3, published.counts[3]! + 1))).toBe(0)
  })
})

test('clients that leave and come back are exact in the end', async () => {
  const publisher = forkPublisher()
  await publisher.prepare(redis.url, LOAD)
  await publisher.start()
  const receivers = forkReceivers()
  const { group, ...rest } = request(`${tickwire.url}/ws`)
  await receivers.join({ ...rest, group: { ...group, topicsEach: 5, churnPerS: 40 } })
  await eventually(async () => (await receivers.report()).reconnects >= 3 * CLIENTS)
  const { counts } = await publisher.finish()
  await eventually(async () => expect(await receivers.exact(counts)).toBe(CLIENTS))
  expect(await receivers.report()).toMatchObject({ disorders: 0, closed: 0 })
  expect((await receivers.sample()).connected).toBe(CLIENTS)
})

test('a value that goes back, or of a topic not asked for, is a disorder', async () => {
  const receivers = forkReceivers()
  const url = await serveScript((client) => {
    client.send('{"type":"result"}')
    const values = [payload(0, 5), payload(1, 2), payload(0, 4), payload(0, 6), payload(49, 1)]
    for (const value of values) client.send(value)
  })
  const { group, ...rest } = request(url)
  await receivers.join({ ...rest, group: { ...group, clients: 1, topicsEach: 2 }, topics: TOPICS })
  // Topics 0 and 11 are the client's: of 1 and 49 it should have heard nothing.
  await eventually(async () => (await receivers.report()).updates === 5)
  expect(await receivers.report()).toMatchObject({ updates: 5, frames: 6, disorders: 3 })
})

test('whoever is sent away comes back to another server, when it was told to', async () => {
  const publisher = forkPublisher()
  await publisher.prepare(redis.url, LOAD)
  await publisher.start()
  const receivers = forkReceivers()
  const first: WebSocket[] = []
  const url = await serveScript((client) => {
    first.push(client)
    client.send('[{"type":"result","id":1,"topics":[]}]')
  })
  await receivers.join(request(url))
  await receivers.redirect(`${tickwire.url}/ws`)
  for (const client of first) {
    client.send('[{"type":"goaway","reason":"restart","reconnectMs":[0,20]}]')
    client.close(1012)
  }
  await eventually(async () => (await receivers.report()).updates > UPDATES_MIN)
  const { counts } = await publisher.finish()
  await eventually(async () => expect(await receivers.exact(counts)).toBe(CLIENTS))
  expect(await receivers.report()).toMatchObject({ closed: CLIENTS, reconnects: CLIENTS })
})

test.each<{ why: string; url: () => string | Promise<string>; says: RegExp }>([
  { why: 'nothing listens', url: () => 'ws://127.0.0.1:1/ws', says: /nothing listens at/ },
  {
    why: 'there is no such path',
    url: () => `${tickwire.url}/other`,
    says: /refused: HTTP\/1.1 404/,
  },
  {
    why: 'the server refuses the subscription',
    url: () => serveScript((client) => client.send('[{"type":"error","message":"not today"}]')),
    says: /refused: not today/,
  },
])('joining fails with a sentence where $why', async ({ url, says }) => {
  const receivers = forkReceivers()
  await expect(receivers.join(request(await url()))).rejects.toThrow(says)
})

function forkReceivers(defer: Defer = onTestFinished): Receivers {
  const receivers = new Receivers()
  defer(() => receivers.stop())
  return receivers
}

function forkPublisher(defer: Defer = onTestFinished): Publisher {
  const publisher = new Publisher()
  defer(() => publisher.stop())
  return publisher
}

/** The URL of a control, which ends with the file's tests. */
async function serveControl(name: string): Promise<string> {
  const script = fileURLToPath(new URL(`../../bench/control/${name}.ts`, import.meta.url))
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const
  const args = ['--import', 'tsx', script, redis.url]
  const child = spawn(process.execPath, args, { stdio: [...stdio] })
  stopLater(async () => void child.kill('SIGKILL'))
  let output = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const port = await eventually(() => /listening on (\d+)/.exec(output)?.[1] ?? false)
  child.send('usage')
  const [usage] = await once(child, 'message')
  expect(usage).toEqual({ utilization: expect.any(Number), gcMs: expect.any(Number) })
  return `ws://127.0.0.1:${port}/ws`
}

function markOf(topic: number, count: number): string {
  return `${digits(topic, 3)}-${digits(count, 7)}`
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
