/**
 * Goal: what a program holds through the SDK is what the server holds, whatever happens on the way: once it is quiet,
 * record(topic) equals the server's value, or is undefined where the server has none or nobody subscribes; what
 * listeners were told last is the same; and no topic ever went back to an older value.
 * Method: random updates, feeds, subscriptions, stalls, drops, silences, crashes and restarts, and servers that go away
 * beside the next one, which is fed the same at another pace; tokens that are renewed and allow other topics; through the real sessions, fan-out and dialects, against
 * the market itself.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TickwireClient, type Update } from '../../../src/client/index.ts'
import { FakeNetwork } from '../../support/fake-network.ts'
import type { FakeServer } from '../../support/fake-server.ts'
import { ManualTime, settle } from '../../support/manual-time.ts'
import { textToken, textVerifier } from '../../support/text-tokens.ts'

const TOPICS = ['a:1', 'a:2', 'a:3', 'b:1', 'b:2']
const NAMES = [...TOPICS, 'a:*', 'b:*']
/** As long as any backoff, limit or silence takes. */
const QUIET_MS = 60_000

/** How long a token serves; after half of that it is renewed. */
const TOKEN_MS = 20_000
/** Faults that are part of the story. */
const TOLD = ['silent', 'move_failed', 'not_allowed', 'bad_token']

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
  { weight: 1, arbitrary: fc.record({ do: fc.constant('allow'), names: fc.subarray(TOPICS) }) },
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

interface How {
  readonly dialect: 'json' | 'msgpack'
  readonly probes: 'message' | 'ping'
  readonly hasTokens: boolean
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
  /** What the next token allows. */
  allowed: readonly string[] = TOPICS
  private count = 0

  constructor({ dialect, probes, hasTokens }: How, random: () => number) {
    const { network, time } = this
    if (hasTokens) {
      network.verifier = textVerifier(time.now)
      network.start()
    }
    this.client = new TickwireClient('ws://x/ws', {
      dialect,
      probes,
      random,
      token: async () => textToken(time.nowMs + TOKEN_MS, this.allowed),
      WebSocket: this.network.WebSocket,
      now: this.time.now,
      setTimer: this.time.setTimer,
    })
    this.client.on('fault', ({ name, message }) => {
      if (!TOLD.includes(name)) this.faults.push(`${name}: ${message}`)
    })
  }

  /** Each update is numbered, by which listeners are found out that were told of an older one. */
  update(name: string, update: Step['fields']): void {
    this.network.publish(name, { ...update, count: ++this.count, ts: this.count })
  }

  /** Time passes; servers that lag catch up, and nothing is on its way for longer than a connection lives. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 500) {
      await settle()
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

  take(step: Step): Promise<void> | void {
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
        return handles.splice(step.at! % (handles.length || 1), 1)[0]?.end()
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
        return network.server?.drain()
      case 'roll':
        return void network.roll([0, step.ms!])
      case 'retire':
        return network.retire()
      case 'lag':
        for (const server of network.servers.slice(step.at)) server.isLagging = true
        return
      case 'allow':
        this.allowed = step.names!
        return
      case 'feed': {
        const { state } = network.server?.feed ?? {}
        return void network.server?.feed[state === 'live' ? 'down' : 'up'](time.nowMs)
      }
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
      await this.pass(250)
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
    const isAllowed = server.host.verifier === null || story.allowed.includes(name)
    const isWanted = isAllowed && (wanted.has(name) || wanted.has(`${name[0]}:*`))
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
  { dialect: 'json', probes: 'message', hasTokens: false },
  { dialect: 'msgpack', probes: 'message', hasTokens: true },
  { dialect: 'msgpack', probes: 'ping', hasTokens: false },
] as const)(
  'a client ends exact, and never goes back ($dialect, $probes, tokens: $hasTokens)',
  async (how) => {
    const story = fc.array(step as fc.Arbitrary<Step>, { minLength: 10, maxLength: 80 })
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
    const property = fc.asyncProperty(story, random, async (steps, numbers) => {
      const told = new Story(how, () => numbers.next().value)
      for (const next of steps) {
        await told.take(next)
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
