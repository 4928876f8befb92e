/**
 * Client: what a program holds of tickwire: subscriptions, records and events, across as many connections as it takes.
 * Next:  link.ts for the connections, session.ts for what happens on one of them
 */
import type { Identity } from './auth.ts'
import { Book } from './book.ts'
import type { Time } from './connection.ts'
import { TickwireClientError } from './errors.ts'
import { type ClientState, type Ended, type EventName, Events, type Listener } from './events.ts'
import { Freshness } from './freshness.ts'
import {
  Handle,
  type SubscribeOptions,
  type SubscriptionHandle,
  type UpdateListener,
} from './handle.ts'
import { Link, type LinkListener } from './link.ts'
import { boundsOf, type ClientOptions, type ClientStats, realTimer, wireOf } from './options.ts'
import type { Fields } from './records.ts'
import type { Session } from './session.ts'
import { addressOf, constructorOr } from './socket.ts'
import { TokenSource } from './token.ts'
import { Updates } from './updates.ts'
import { Wanted } from './wanted.ts'

export class TickwireClient {
  private readonly events = new Events()
  private readonly wanted = new Wanted()
  private readonly counts = { messages: 0, bytes: 0, frames: 0, reconnects: 0 }
  private readonly time: Time
  private readonly book: Book
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
    const { events, wanted, time } = this
    const token = new TokenSource(options.token, time)
    this.book = new Book(wanted, events, now)
    this.freshness = new Freshness(events, now)
    const address = addressOf(String(url), probes)
    const WebSocket = constructorOr(options.WebSocket)
    const connecting = { address, wire, WebSocket, time, reconnect, random, wanted, token }
    this.link = new Link(connecting, this.listener())
  }

  get state(): ClientState {
    return this.link.state
  }

  /** Whether data is to be believed: see the events `live` and `stale`. */
  get isLive(): boolean {
    return this.freshness.isLive
  }

  /** Who the server takes the client for; null where no token was taken, or no connection is open. */
  get identity(): Identity | null {
    return this.state === 'open' ? (this.link.current?.identity ?? null) : null
  }

  get stats(): ClientStats {
    const { superseded, gaps } = this.book
    return { ...this.counts, superseded, gaps, rttMs: this.link.current?.requests.rttMs }
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
      changed: (it) => this.ask(it.topics),
      ended: (it) => {
        this.wanted.remove(it)
        this.ask([])
      },
    })
    this.wanted.add(handle)
    this.ask(handle.topics)
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
    if (this.state === 'open') this.link.current?.requests.ping()
  }

  /** Ends the connection and the client. May be repeated. */
  close(): void {
    this.link.close()
  }

  /** What is wanted has changed; these names may be asked for again, where they were refused. */
  private ask(names: readonly string[]): void {
    for (const { asked, requests } of this.link.sessions) {
      asked.forgive(names)
      requests.schedule()
    }
  }

  private listener(): LinkListener {
    const { events, book, counts } = this
    const isShown = (session: Session) => session === this.link.current
    return {
      frame: (bytes, messages) => {
        counts.frames++
        counts.bytes += bytes
        counts.messages += messages
      },
      message: (message) => events.emit('message', message),
      fault: (fault) => events.emit('fault', fault),
      data: (session, message, taken) => book.data(session, message, taken),
      answered: (session, answer) => book.answered(session, answer),
      identified: (session, answer, lost) => {
        if (!isShown(session)) return
        this.identified(session)
        book.answered(session, answer)
        book.gone(lost)
      },
      expiring: (session, expiresAt) => {
        if (isShown(session)) events.emit('expiring', { expiresAt })
      },
      status: (session) => {
        if (isShown(session)) events.emit('status', session.feed)
      },
      frameEnd: () => {
        book.release()
        this.review()
      },
      opened: (session, hello, isReconnect) => {
        if (isReconnect) counts.reconnects++
        const tell = book.begin(session)
        events.emit('open', { hello, isReconnect })
        events.emit('status', session.feed)
        this.identified(session)
        tell()
      },
      lost: (ended, attempt, inMs) => {
        this.review()
        events.emit('reconnecting', { ...ended, attempt, inMs })
      },
      closed: (ended) => this.closed(ended),
    }
  }

  private identified({ identity }: Session): void {
    if (identity !== null) this.events.emit('identity', identity)
  }

  private review(): void {
    this.freshness.review(this.state, this.link.current?.feed ?? null, this.book.staleCount)
  }

  private closed(ended: Ended): void {
    this.review()
    this.events.emit('close', ended)
  }
}
