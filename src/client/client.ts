/**
 * Client: what a program holds of tickwire: subscriptions, records and events, across as many connections as it takes.
 * Next:  link.ts for the connections, requests.ts for what is asked of the server
 */
import type { FaultBody } from '../protocol/faults.ts'
import type { Hello, Message } from '../protocol/messages.ts'
import { Book } from './book.ts'
import type { Time } from './connection.ts'
import { asClientFault, TickwireClientError } from './errors.ts'
import {
  type ClientEvents,
  type ClientState,
  type Ended,
  type EventName,
  Events,
  type Listener,
} from './events.ts'
import { Freshness } from './freshness.ts'
import {
  Handle,
  type SubscribeOptions,
  type SubscriptionHandle,
  type UpdateListener,
} from './handle.ts'
import { Link } from './link.ts'
import { boundsOf, type ClientOptions, type ClientStats, realTimer, wireOf } from './options.ts'
import type { Fields } from './records.ts'
import { Requests } from './requests.ts'
import { addressOf, constructorOr } from './socket.ts'
import { Subscriptions } from './subscriptions.ts'
import { Updates } from './updates.ts'

export class TickwireClient {
  private readonly events = new Events()
  private readonly subscriptions = new Subscriptions()
  private readonly counts = { messages: 0, bytes: 0, frames: 0, reconnects: 0 }
  private readonly time: Time
  private readonly book: Book
  private readonly requests: Requests
  private readonly freshness: Freshness
  private readonly link: Link

  /**
   * Connects to a server's `ws://host:9000/ws`; in a browser also to an address relative to the page. Throws
   * TickwireClientError where that cannot work.
   */
  constructor(url: string | URL, options: ClientOptions = {}) {
    const { probes = 'message', random = Math.random } = options
    const { now = Date.now, setTimer = realTimer } = options
    const wire = wireOf(options.dialect)
    const reconnect = boundsOf(options.reconnect)
    this.time = { nowMs: now, setTimer }
    const { events, subscriptions, time } = this
    this.book = new Book(subscriptions, events, now, () => this.requests.schedule())
    this.requests = new Requests(subscriptions, time, {
      limits: () => this.link.hello?.limits ?? null,
      send: (request) => this.link.send(request),
      forget: () => this.book.forgetUnwanted(),
    })
    this.freshness = new Freshness(events, now)
    const address = addressOf(String(url), probes)
    const WebSocket = constructorOr(options.WebSocket)
    const connecting = { address, wire, WebSocket, time, reconnect, random }
    this.link = new Link(connecting, {
      frame: (bytes, messages) => this.count(bytes, messages),
      opened: (hello, isReconnect) => this.opened(hello, isReconnect),
      message: (message) => this.take(message),
      frameEnd: () => this.review(),
      fault: (name, message) => events.emit('fault', { name, message }),
      lost: (ended, attempt, inMs) => this.lost(ended, attempt, inMs),
      closed: (ended) => this.closed(ended),
    })
  }

  get state(): ClientState {
    return this.link.state
  }

  /** Whether data is to be believed: see the events `live` and `stale`. */
  get isLive(): boolean {
    return this.freshness.isLive
  }

  get stats(): ClientStats {
    const { superseded, gaps } = this.book
    return { ...this.counts, superseded, gaps, rttMs: this.requests.rttMs }
  }

  /**
   * Subscribes to topics, and to every topic of a channel with `channel:*`. The listener is told of what is known, and
   * of each change. Subscriptions outlive connections. Throws TickwireClientError for what can be no subscription.
   */
  subscribe(
    topics: string | readonly string[],
    options: SubscribeOptions,
    listener: UpdateListener,
  ): SubscriptionHandle {
    if (this.state === 'closed') throw new TickwireClientError('the client is closed')
    const handle = new Handle(topics, options, listener, {
      changed: (it) => {
        this.subscriptions.changed(it)
        this.requests.schedule()
      },
      ended: (it) => {
        this.subscriptions.remove(it)
        this.requests.schedule()
      },
    })
    this.subscriptions.add(handle)
    this.requests.schedule()
    this.book.introduce(handle)
    return handle
  }

  /**
   * Subscribes for as long as it is iterated over. While the consumer is busy, a topic's newest update takes the place
   * of the one before. Ends with close(); throws TickwireClientError where the server has ended the client for good.
   */
  updates(topics: string | readonly string[], options: SubscribeOptions = {}): Updates {
    return new Updates((listener, onEnd) => ({
      handle: this.subscribe(topics, options, listener),
      stop: this.on('close', onEnd),
    }))
  }

  /** The whole last record of a topic that is subscribed to, as far as it is known; not to be changed. */
  record(topic: string): Fields | undefined {
    return this.book.find(topic)?.record
  }

  /** How long ago the server last sent something of the topic; undefined where it has not. */
  ageMs(topic: string): number | undefined {
    const found = this.book.find(topic)
    return found === undefined ? undefined : Math.max(0, this.time.nowMs() - found.receivedAt)
  }

  /** Listens to an event; returns the function that ends that. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.events.on(name, listener)
  }

  /** Measures stats.rttMs, which costs a request of the connection's allowance. */
  ping(): void {
    this.requests.ping()
  }

  /** Ends the connection and the client. May be repeated. */
  close(): void {
    this.link.close()
  }

  private count(bytes: number, messages: number): void {
    this.counts.frames++
    this.counts.bytes += bytes
    this.counts.messages += messages
  }

  private opened(hello: Hello, isReconnect: boolean): void {
    if (isReconnect) this.counts.reconnects++
    this.book.begin()
    this.requests.begin()
    this.events.emit('open', { hello, isReconnect })
    this.status(hello.feed, this.time.nowMs())
  }

  private take(message: Message): void {
    this.events.emit('message', message)
    switch (message.type) {
      case 'full':
      case 'delta':
        return this.book.take(message)
      case 'status':
        return this.status(message.feed, message.since)
      case 'pong':
        return void this.requests.answered(message)
      case 'result':
      case 'error': {
        const answer = this.requests.answered(message)
        if (answer === null) return message.type === 'error' ? this.refused(message) : undefined
        this.book.settle(answer)
      }
    }
  }

  /** A refusal of what the client does not remember asking, such as a ping. */
  private refused(fault: FaultBody): void {
    this.events.emit('fault', asClientFault(fault))
  }

  private status(feed: ClientEvents['status']['feed'], since: number): void {
    this.events.emit('status', { feed, since })
    this.freshness.feed(feed, since)
  }

  private review(): void {
    this.freshness.review(this.state, this.book.staleCount)
  }

  private lost(ended: Ended, attempt: number, inMs: number): void {
    this.requests.end()
    this.review()
    this.events.emit('reconnecting', { ...ended, attempt, inMs })
  }

  private closed(ended: Ended): void {
    this.requests.end()
    this.review()
    this.events.emit('close', ended)
  }
}
