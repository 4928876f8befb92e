/**
 * Link: the page's connection to the server: the client of the SDK, its one subscription, and whether to believe what
 * it brought.
 * Next:  model.ts apply()
 */
import {
  type ClientEvents,
  type SubscriptionHandle,
  TickwireClient,
  type Update,
} from '../client/index.ts'
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
}

type Client = TickwireClient
type Handle = SubscriptionHandle

/** Somebody looks at this page: they are not to wait for half a minute once the server is back. */
const RECONNECT_MS_MAX = 5_000

export class Link {
  private readonly url: string
  private readonly ports: LinkPorts
  private settings: Settings
  private client: Client
  private handle: Handle
  /** Clients so far; those before the last are not listened to. */
  private clientCount = 0
  /** What clients before this one had counted. */
  private readonly past = { messages: 0, bytes: 0, reconnects: 0 }
  /** Connections so far. */
  connectionCount = 0

  constructor(url: string, settings: Settings, ports: LinkPorts) {
    this.url = url
    this.ports = ports
    this.settings = settings
    this.client = this.connect()
    this.handle = this.subscribe()
  }

  /** Takes other settings; only another dialect needs another connection. */
  change(settings: Settings): void {
    const isOther = settings.dialect !== this.settings.dialect
    this.settings = settings
    if (!isOther) return this.handle.update(settings)
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
    const trust = (state: TrustState, since: number, detail = '') => {
      if (number === this.clientCount) ports.trust({ state, since, detail })
    }
    trust('connecting', Date.now())
    // Chromium answers pings when its network side has read them; probes reach this script, and so bound what it shows.
    const client = new TickwireClient(this.url, {
      dialect: this.settings.dialect,
      probes: 'message',
      reconnect: { maxMs: RECONNECT_MS_MAX },
    })
    client.on('open', () => void this.connectionCount++)
    client.on('live', ({ since }) => trust('live', since))
    client.on('stale', ({ reason, since }) => trust(reason, since))
    client.on('close', ({ code, reason }) => trust('ended', Date.now(), reason || `code ${code}`))
    client.on('gone', ({ topics }) => ports.gone(topics))
    return client
  }

  private subscribe(): Handle {
    const { channel, mode, intervalMs } = this.settings
    return this.client.subscribe(`${channel}:*`, { mode, intervalMs }, this.ports.update)
  }
}
