/**
 * Samples: requests and messages of protocol v1, at least one of each kind, each with a sentence. They are fixture,
 * source of docs/protocol.md and bench input at once, so they look like what really travels.
 */
import { faultBody } from './faults.ts'
import { type Limits, type Message, PROTOCOL } from './messages.ts'
import type { Method } from './requests.ts'

/** A request as a client writes it: protocol/requests.ts reads it. */
export interface WireRequest {
  readonly id?: number | string
  readonly method: Method
  readonly params?: { readonly [name: string]: unknown }
}

export interface RequestSample {
  readonly says: string
  readonly request: WireRequest
}
export interface MessageSample {
  readonly says: string
  readonly message: Message
}

export const LIMITS_SAMPLE: Limits = {
  subscriptions: 1_024,
  requestBytes: 65_536,
  requestsPerS: 10,
  requestsBurst: 20,
  requestBytesPerS: 131_072,
  authTimeoutMs: 10_000,
}

export const REQUEST_SAMPLES: readonly RequestSample[] = [
  {
    says: 'Subscribes to two topics; every message will hold the whole record.',
    request: {
      id: 1,
      method: 'subscribe',
      params: { topics: ['ticker:BTC-USD', 'ticker:ETH-USD'] },
    },
  },
  {
    says: 'Subscribes to every topic of a channel, those to come included, and asks for changes only.',
    request: { id: 'all', method: 'subscribe', params: { topics: ['ticker:*'], mode: 'delta' } },
  },
  {
    says: 'Ends a subscription.',
    request: { id: 2, method: 'unsubscribe', params: { topics: ['ticker:BTC-USD'] } },
  },
  { says: 'Asks what this connection is subscribed to.', request: { id: 3, method: 'list' } },
  {
    says: "Asks for a pong: a round trip through the server's own code.",
    request: { id: 4, method: 'ping' },
  },
  {
    says: 'Says who the client is, at first or anew.',
    request: { id: 5, method: 'auth', params: { token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIi...' } },
  },
  {
    says: 'Acknowledges a probe: everything before it has been handled.',
    request: { method: 'ack', params: { number: 7 } },
  },
]

const BTC = { topic: 'ticker:BTC-USD', seq: 18 } as const

export const MESSAGE_SAMPLES: readonly MessageSample[] = [
  {
    says: 'The first message of every connection that is let in.',
    message: {
      type: 'hello',
      protocol: PROTOCOL,
      server: 'a1b2c3d4',
      source: 'redis',
      feed: 'live',
      heartbeatMs: 5_000,
      probe: 'ping',
      auth: 'off',
      limits: LIMITS_SAMPLE,
    },
  },
  {
    says: 'Answers a subscribe, topic by topic; one of the two was not a topic name.',
    message: {
      type: 'result',
      id: 1,
      topics: [
        { topic: 'ticker:BTC-USD', mode: 'full', intervalMs: 0, held: true },
        { topic: 'tick er', error: faultBody('bad_topic') },
      ],
    },
  },
  {
    says: 'Answers a subscribe to a channel, of which 212 topics have a value.',
    message: {
      type: 'result',
      id: 'all',
      topics: [{ topic: 'ticker:*', mode: 'delta', intervalMs: 0, held: true, heldCount: 212 }],
    },
  },
  {
    says: 'Answers an unsubscribe; the second topic still comes, through `ticker:*`.',
    message: {
      type: 'result',
      id: 2,
      topics: [
        { topic: 'trade:BTC-USD' },
        { topic: 'ticker:BTC-USD', coveredBy: 'ticker:*' },
        { topic: 'ticker:DOGE-USD', error: faultBody('not_subscribed') },
      ],
    },
  },
  {
    says: 'Answers a subscribe to a topic that the token allows 15 minutes late.',
    message: {
      type: 'result',
      id: 3,
      topics: [
        { topic: 'ticker:AAPL', mode: 'full', intervalMs: 0, held: true, delayedMs: 900_000 },
      ],
    },
  },
  {
    says: 'Answers an auth; the new token does not allow one of the topics subscribed to.',
    message: {
      type: 'result',
      id: 5,
      subject: 'desk-7',
      expiresAt: 1_617_651_028_063,
      topics: [{ topic: 'ticker:ETH-USD', error: faultBody('not_allowed') }],
    },
  },
  {
    says: 'A whole record.',
    message: {
      type: 'full',
      ...BTC,
      data: { bid: '58721.2', bidSize: '4.2', ask: '58721.3', ts: 1_617_647_428_063 },
    },
  },
  {
    says: 'What changed in it: one field was replaced, one removed.',
    message: {
      type: 'delta',
      topic: BTC.topic,
      seq: 19,
      data: { bidSize: '4.1', ask: null, ts: 1_617_647_428_089 },
    },
  },
  {
    says: 'Nothing has come from the source for a while.',
    message: { type: 'status', feed: 'stale', since: 1_617_647_433_089 },
  },
  {
    says: 'The connection lives, and there was nothing to say.',
    message: { type: 'heartbeat', at: 1_617_647_438_063 },
  },
  {
    says: 'Asks how far the client has read, where it asked to be asked so.',
    message: { type: 'probe', number: 7 },
  },
  { says: 'Answers a ping.', message: { type: 'pong', id: 4, at: 1_617_647_438_071 } },
  {
    says: 'The token of this connection expires soon.',
    message: { type: 'auth_expiring', expiresAt: 1_617_651_028_063 },
  },
  {
    says: 'A request was refused as a whole; the connection goes on.',
    message: { type: 'error', id: 5, ...faultBody('bad_request', 'method must be a text') },
  },
  {
    says: 'The server is going to close the connection (1012): when to open the next one.',
    message: { type: 'goaway', reason: 'restart', reconnectMs: [2_310, 2_322] },
  },
]

/** Bodies of the HTTP API, the same values as above. */
export const RECORD_SAMPLE = {
  ...BTC,
  ageMs: 12,
  data: { bid: '58721.2', bidSize: '4.2', ask: '58721.3', ts: 1_617_647_428_063 },
} as const
export const HTTP_SAMPLES = {
  record: { ...RECORD_SAMPLE, feed: 'live' },
  list: { feed: 'live', records: [RECORD_SAMPLE] },
  fault: { error: faultBody('unknown_topic', 'ticker:DOGE-USD') },
} as const
