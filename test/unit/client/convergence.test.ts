/**
 * Goal: what a program holds through the SDK is what the server holds, whatever happens on the way: once it is quiet,
 * record(topic) equals the server's value, or is undefined where the server has none or nobody subscribes; what
 * listeners were told last is the same; and no topic ever went back to an older value.
 * Method: random updates, feeds, subscriptions, stalls, drops, silences, crashes and restarts, and servers that go away
 * beside the next one, which is fed the same at another pace; through the real sessions, fan-out and dialects, against
 * the market itself.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TickwireClient, type Update } from '../../../src/client/index.ts'
import { FakeNetwork } from '../../support/fake-network.ts'
import type { FakeServer } from '../../support/fake-server.ts'
import { ManualTime, settle } from '../../support/manual-time.ts'

const TOPICS = ['a:1', 'a:2', 'a:3', 'b:1', 'b:2']
const NAMES = [...TOPICS, 'a:*', 'b:*']
/** As long as any backoff, limit or silence takes. */
const QUIET_MS = 60_000

const topic = fc.constantFrom(...TOPICS)
const settings = fc.record(
  {
    mode: fc.constantFrom('full' as const, 'delta' as const),
    intervalMs: fc.constantFrom(0, 0, 50, 250, 1_000),
  },
  { requiredKeys: [] },
)
const fields = fc.dictionary(
  fc.constantFrom('bid', 'ask', 'é', '__proto'),
  fc.oneof(fc.integer(), fc.constant(null), fc.string({ maxLength: 8 }), fc.boolean()),
)
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('update'), topic, fields }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('move') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('up') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(20_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscribe'), names, settings }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change'), at: fc.nat(20), settings }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsubscribe'), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('feed') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('roll'), ms: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retire') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lag'), at: fc.nat(1) }) },
)
type Step = {
  do: string
  topic?: string
  fields?: Record<string, string | number | boolean | null>
  names?: string[]
  settings?: { mode?: 'full' | 'delta'; intervalMs?: number }
  at?: number
  ms?: number
}

class Story {
  readonly time = new ManualTime()
  readonly network = new FakeNetwork(this.time)
  readonly client: TickwireClient
  readonly handles: {
    names: string[]
    told: Map<string, Update>
    end: () => void
    change: (s: object) => void
  }[] = []
  readonly faults: string[] = []
  /** By topic: the number of the last update that anybody was told of. */
  readonly counts = new Map<string, number>()
  private count = 0

  constructor(dialect: 'json' | 'msgpack', probes: 'message' | 'ping', random: () => number) {
    this.client = new TickwireClient('ws://x/ws', {
      dialect,
      probes,
      random,
      WebSocket: this.network.WebSocket,
      now: this.time.now,
      setTimer: this.time.setTimer,
    })
    this.client.on('fault', ({ name, message }) => {
      // These are part of the story.
      if (name !== 'silent' && name !== 'move_failed') this.faults.push(`${name}: ${message}`)
    })
  }

  /** Each update is numbered, by which listeners are found out that were told of an older one. */
  update(name: string, update: Step['fields']): void {
    this.network.publish(name, { ...update, count: ++this.count, ts: this.count })
  }

  /** Time passes; servers that lag catch up, and nothing is on its way for longer than a connection lives. */
  pass(ms: number): void {
    for (let leftMs = ms; leftMs > 0; leftMs -= 500) {
      for (const server of this.network.servers) server.catchUp()
      if (ms > 500) this.network.move()
      this.network.pass(Math.min(500, leftMs))
    }
  }

  subscribe(names: string[], options: object): void {
    const told = new Map<string, Update>()
    const handle = this.client.subscribe(names, options, (update) => {
      const count = update.record.count as number
      const before = this.counts.get(update.topic) ?? 0
      if (count < before) throw new Error(`${update.topic}: ${count} after ${before}`)
      this.counts.set(update.topic, count)
      told.set(update.topic, update)
    })
    this.handles.push({
      names,
      told,
      end: () => handle.unsubscribe(),
      change: (change) => handle.update(change),
    })
  }

  take(step: Step): void {
    const { network, time, handles } = this
    switch (step.do) {
      case 'update':
        return this.update(step.topic!, step.fields)
      case 'move':
        for (const server of network.servers) server.fanout.endTurn()
        return void network.move()
      case 'up':
        for (const socket of [...network.sockets]) socket.up()
        return
      case 'pass':
        return this.pass(step.ms!)
      case 'subscribe':
        return this.subscribe(step.names!, step.settings!)
      case 'change':
        return handles[step.at! % (handles.length || 1)]?.change(step.settings!)
      case 'unsubscribe': {
        const [handle] = handles.splice(step.at! % (handles.length || 1), 1)
        return handle?.end()
      }
      case 'drop':
        for (const socket of [...network.sockets]) socket.vanish({ code: 1006, reason: '' })
        return
      case 'silence':
        for (const socket of network.sockets) socket.isSilent = true
        return
      case 'crash':
        return network.crash()
      case 'drain':
        network.server?.drain()
        return
      case 'roll':
        return void network.roll([0, step.ms!])
      case 'retire':
        return network.retire()
      case 'lag': {
        const server = network.servers[step.at!]
        if (server !== undefined) server.isLagging = true
        return
      }
      case 'feed':
        if (network.server?.feed.state === 'live') network.server.feed.down(time.nowMs)
        else network.server?.feed.up(time.nowMs)
        return
      default:
        network.crash()
        network.start()
    }
  }

  /** The server is there, its source is, and all that can move does. */
  async quiet(): Promise<FakeServer> {
    const server = this.network.server ?? this.network.start()
    if (server.feed.state === 'down') server.feed.up(this.time.nowMs)
    for (let leftMs = QUIET_MS; leftMs > 0; leftMs -= 250) {
      this.pass(250)
      while (this.network.move()) await settle()
      await settle()
    }
    return server
  }
}

async function check(story: Story): Promise<void> {
  const server = await story.quiet()
  const { client, handles } = story
  expect(story.faults).toEqual([])
  expect([client.state, client.isLive, client.stats.gaps]).toEqual(['open', true, 0])
  const wanted = new Set(handles.flatMap(({ names }) => names))
  for (const name of TOPICS) {
    const known = server.fanout.market.find(name)
    const isWanted = wanted.has(name) || wanted.has(`${name[0]}:*`)
    const value = isWanted && known?.hasValue ? known.fields : undefined
    expect(client.record(name), name).toEqual(value)
    if (value === undefined) continue
    for (const { names, told } of handles) {
      const isTold = names.includes(name) || names.includes(`${name[0]}:*`)
      if (isTold) expect(told.get(name)?.record).toBe(client.record(name))
    }
  }
}

test.each([
  { dialect: 'json', probes: 'message' },
  { dialect: 'msgpack', probes: 'message' },
  { dialect: 'msgpack', probes: 'ping' },
] as const)(
  'a client ends exact, and never goes back ($dialect, $probes)',
  async (how) => {
    const story = fc.array(step as fc.Arbitrary<Step>, { minLength: 10, maxLength: 80 })
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
    const property = fc.asyncProperty(story, random, async (steps, numbers) => {
      const told = new Story(how.dialect, how.probes, () => numbers.next().value)
      for (const next of steps) {
        told.take(next)
        await settle()
        expect(told.network.sockets.size).toBeLessThanOrEqual(2)
      }
      await check(told)
      told.client.close()
      expect(told.time.timerCount).toBe(0)
    })
    await fc.assert(property, { numRuns: 400 })
  },
  60_000,
)
