/**
 * An SDK client over a FakeNetwork, which notes what it was told.
 */
import {
  type ClientEvents,
  type ClientOptions,
  type EventName,
  type SubscribeOptions,
  TickwireClient,
  type Update,
} from '../../src/client/index.ts'
import { FakeNetwork } from './fake-network.ts'
import type { FakeServer } from './fake-server.ts'
import { ManualTime, settle } from './manual-time.ts'

const EVENTS = [
  ...(['open', 'status', 'stale', 'live', 'reconnecting', 'close', 'fault', 'gone'] as const),
  ...(['identity', 'expiring'] as const),
] satisfies EventName[]

export class Sdk {
  readonly time: ManualTime
  readonly network: FakeNetwork
  readonly client: TickwireClient
  /** Names of events, in order. */
  readonly events: EventName[] = []
  private readonly seen: { readonly name: EventName; readonly event: unknown }[] = []

  constructor(options: ClientOptions = {}, network?: FakeNetwork, time = new ManualTime()) {
    this.time = time
    this.network = network ?? new FakeNetwork(time)
    this.client = new TickwireClient('ws://server/ws', {
      random: () => 0.5,
      WebSocket: this.network.WebSocket,
      now: time.now,
      setTimer: time.setTimer,
      ...options,
    })
    for (const name of EVENTS) {
      this.client.on(name, (event) => {
        this.events.push(name)
        this.seen.push({ name, event })
      })
    }
  }

  /** One that has been greeted. */
  static async opened(options: ClientOptions = {}): Promise<Sdk> {
    const sdk = new Sdk(options)
    await sdk.move()
    return sdk
  }

  get server(): FakeServer {
    return this.network.server!
  }

  /** All events of a name. */
  all<Name extends EventName>(name: Name): ClientEvents[Name][] {
    return this.seen.filter((one) => one.name === name).map(({ event }) => event as never)
  }

  /** Subscribes; returns the updates that come. */
  subscribe(topics: string | string[], options: SubscribeOptions = {}) {
    const updates: Update[] = []
    const handle = this.client.subscribe(topics, options, (update) => void updates.push(update))
    return { handle, updates }
  }

  /** Ends the server's turn and lets everything move until nothing does. */
  async move(): Promise<void> {
    await settle()
    do {
      for (const server of this.network.servers) server.fanout.endTurn()
      await settle()
    } while (this.network.move())
    await settle()
  }

  async pass(ms: number): Promise<void> {
    this.network.pass(ms)
    await this.move()
  }
}
