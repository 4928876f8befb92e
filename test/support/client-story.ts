/**
 * A client's story: steps of a world in which anything happens to servers, sources, tokens and connections, and what must
 * be so once it is quiet.
 */
import { expect } from 'vitest'
import { AHEAD_MS } from '../../src/client/book.ts'
import { TickwireClient, type Update } from '../../src/client/index.ts'
import { FakeNetwork } from './fake-network.ts'
import type { FakeServer } from './fake-server.ts'
import { ManualTime, settle } from './manual-time.ts'
import { textToken, textVerifier } from './text-tokens.ts'

export const TOPICS = ['a:1', 'a:2', 'a:3', 'b:1', 'b:2']
/** As long as any backoff, limit or silence takes. */
const QUIET_MS = 60_000

/** How long a token serves; after half of that it is renewed. */
const TOKEN_MS = 20_000
/** Faults that are part of the story. */
const TOLD = ['silent', 'move_failed', 'not_allowed', 'bad_token']

export type Step = {
  do: string
  topic?: string
  fields?: Record<string, string | number | boolean | null>
  names?: string[]
  settings?: { mode?: 'full' | 'delta'; intervalMs?: number }
  at?: number
  ms?: number
}

export interface How {
  readonly dialect: 'json' | 'msgpack'
  readonly probes: 'message' | 'ping'
  readonly hasTokens: boolean
}

export class Story {
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
  private laggingUntilMs = 0
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

  /** Time passes; servers that lag catch up after a while, and nothing is on its way for as long as a client waits. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 500) {
      await settle()
      if (ms > 500 || this.time.nowMs > this.laggingUntilMs) {
        for (const server of this.network.servers) server.catchUp()
        this.network.move()
      }
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
        if (network.servers.some(({ isLagging }) => isLagging)) return
        this.laggingUntilMs = time.nowMs + AHEAD_MS / 2
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

/** Nothing is missing, old or refused that should not be. */
export async function check(story: Story): Promise<void> {
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
