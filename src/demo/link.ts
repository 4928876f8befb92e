/**
 * Link: the page's connection to the server: the client of the SDK, its one subscription, and whether to believe what
 * it brought.
 * Next:  model.ts apply()
 */
import {
  type ClientEvents,
  type Identity,
  type SubscriptionHandle,
  TickwireClient,
  type Update,
} from '../client/index.ts'
import { clock } from './format.ts'
import type { Settings } from './settings.ts'

/** `live`: what is shown is so. `ended`: nothing comes any more, until the page is loaded anew. */
export type TrustState = 'connecting' | 'live' | 'ended' | ClientEvents['stale']['reason']

export interface Trust {
  readonly state: TrustState
  /** ms since the epoch. */
  readonly since: number
  /** What more there is to say of it. */
  readonly detail: string
}

export interface LinkPorts {
  readonly update: (update: Update) => void
  readonly trust: (trust: Trust) => void
  readonly gone: (topics: readonly string[]) => void
  /** Whose token the server has taken; null where it has taken none. */
  readonly identity: (identity: Identity | null) => void
  /** A token is wanted, and why; null: none is. */
  readonly wanted: (why: string | null) => void
}

type Client = TickwireClient
type Handle = SubscriptionHandle

/** Somebody looks at this page: they are not to wait for half a minute once the server is back. */
const RECONNECT_MS_MAX = 5_000

export class Link {
  private readonly url: string
  private readonly ports: LinkPorts
  private settings: Settings
  private token: string | null
  private client: Client
  private handle: Handle
  /** Clients so far; those before the last are not listened to. */
  private clientCount = 0
  /** What clients before this one had counted. */
  private readonly past = { messages: 0, bytes: 0, reconnects: 0 }
  /** Connections so far. */
  connectionCount = 0

  constructor(url: string, settings: Settings, token: string | null, ports: LinkPorts) {
    this.url = url
    this.ports = ports
    this.settings = settings
    this.token = token
    this.client = this.connect()
    this.handle = this.subscribe()
  }

  /** Takes other settings; only another dialect needs another connection. */
  change(settings: Settings): void {
    const isOther = settings.dialect !== this.settings.dialect
    this.settings = settings
    if (isOther) this.replace()
    else this.handle.update(settings)
  }

  /** Takes another token, which needs another connection. */
  authenticate(token: string): void {
    this.token = token
    this.replace()
  }

  /** How late prices are, ms; 0 as they come. */
  get delayedMs(): number {
    return this.handle.delayedMs
  }

  /** Why there are no prices, where the server has said so. */
  get refusal(): string | null {
    return this.handle.fault?.message ?? null
  }

  private replace(): void {
    const before = this.client
    const { messages, bytes, reconnects } = before.stats
    this.past.messages += messages
    this.past.bytes += bytes
    this.past.reconnects += reconnects
    this.client = this.connect()
    this.handle = this.subscribe()
    before.close()
  }

  /** What came in all. */
  get counts(): { messages: number; bytes: number; reconnects: number } {
    const { past } = this
    const { messages, bytes, reconnects } = this.client.stats
    return {
      messages: past.messages + messages,
      bytes: past.bytes + bytes,
      reconnects: past.reconnects + reconnects,
    }
  }

  private connect(): Client {
    const { ports } = this
    const number = ++this.clientCount
    const isCurrent = () => number === this.clientCount
    const trust = (state: TrustState, since: number, detail = '') => {
      if (isCurrent()) ports.trust({ state, since, detail })
    }
    trust('connecting', Date.now())
    ports.identity(null)
    // Chromium answers pings when its network side has read them; probes reach this script, and so bound what it shows.
    const client = new TickwireClient(this.url, {
      dialect: this.settings.dialect,
      probes: 'message',
      ...(this.token !== null && { token: this.token }),
      reconnect: { maxMs: RECONNECT_MS_MAX },
    })
    client.on('open', ({ hello }) => {
      this.connectionCount++
      if (!isCurrent()) return
      ports.identity(client.identity)
      const isMissing = hello.auth === 'required' && this.token === null
      ports.wanted(isMissing ? 'This server wants a token.' : null)
    })
    client.on('identity', (identity) => {
      if (!isCurrent()) return
      ports.identity(identity)
      ports.wanted(null)
    })
    client.on('expiring', ({ expiresAt }) => {
      if (isCurrent()) ports.wanted(`The token expires at ${clock(expiresAt, false)}.`)
    })
    client.on('live', ({ since }) => trust('live', since))
    client.on('stale', ({ reason, since }) => trust(reason, since))
    client.on('close', ({ code, reason, fault }) => {
      trust('ended', Date.now(), reason || `code ${code}`)
      if (isCurrent() && fault === 'bad_token') ports.wanted('The token is not accepted.')
    })
    client.on('gone', ({ topics }) => ports.gone(topics))
    return client
  }

  private subscribe(): Handle {
    const { channel, mode, intervalMs } = this.settings
    return this.client.subscribe(`${channel}:*`, { mode, intervalMs }, this.ports.update)
  }
}
