/**
 * Settings of lanes and of what clients may take.
 */
import { choice, flag, integer, list } from './kinds.ts'

export const ADMISSIONS = ['refuse', 'close'] as const

const DAY_MS = 86_400_000
const MIB_BYTES = 1024 * 1024
const ORIGIN = /^(\*|https?:\/\/[\w.[\]:-]{1,253})$/

export const CLIENT_SETTINGS = {
  laneDelayMs: integer('TICKWIRE_LANE_DELAY_MS', {
    fallback: 100,
    min: 0,
    max: 10_000,
    doc: 'How long data may wait on the way to a client beyond its own round trip; 0: no bound, the kernel buffers.',
  }),
  laneTimeoutMs: integer('TICKWIRE_LANE_TIMEOUT_MS', {
    fallback: 30_000,
    min: 1_000,
    max: 900_000,
    doc: 'A client that has read nothing for so long is closed (slow_reader).',
  }),
  laneWindowBytesMin: integer('TICKWIRE_LANE_WINDOW_BYTES_MIN', {
    fallback: 2_048,
    min: 512,
    max: MIB_BYTES,
    doc: 'The least that a client may have in flight, however slow its link.',
  }),
  laneWindowBytesMax: integer('TICKWIRE_LANE_WINDOW_BYTES_MAX', {
    fallback: MIB_BYTES,
    min: 16_384,
    max: 64 * MIB_BYTES,
    doc: 'The most that a client may have in flight, however fast its link.',
  }),
  heartbeatMs: integer('TICKWIRE_HEARTBEAT_MS', {
    fallback: 5_000,
    min: 100,
    max: 60_000,
    doc: 'A client that was sent nothing for so long is sent a heartbeat.',
  }),
  staleAfterMs: integer('TICKWIRE_STALE_AFTER_MS', {
    fallback: 5_000,
    min: 100,
    max: DAY_MS,
    doc: 'Without any update for so long, the feed is stale, and clients are told.',
  }),
  maxConnections: integer('TICKWIRE_MAX_CONNECTIONS', {
    fallback: 10_000,
    min: 1,
    max: 1_000_000,
    doc: 'Connections at a time; more are refused.',
  }),
  maxConnectionsPerAddress: integer('TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS', {
    fallback: 0,
    min: 0,
    max: 1_000_000,
    doc: 'Connections at a time from one address, IPv6 by its first 64 bits; 0: no limit.',
  }),
  maxConnectionsPerIdentity: integer('TICKWIRE_MAX_CONNECTIONS_PER_IDENTITY', {
    fallback: 0,
    min: 0,
    max: 1_000_000,
    doc: "Connections at a time of one token's `sub`; 0: no limit.",
  }),
  acceptsPerS: integer('TICKWIRE_ACCEPTS_PER_S', {
    fallback: 2_000,
    min: 0,
    max: 1_000_000,
    doc: 'Connections a second that are let in, in bursts of as many; 0: no limit. Refused ones do not count.',
  }),
  admission: choice('TICKWIRE_ADMISSION', {
    fallback: 'refuse',
    words: ADMISSIONS,
    doc: 'How a client is turned away at its handshake: refuse: by HTTP; close: let in, then closed with a code, which browsers can read.',
  }),
  trustedHops: integer('TICKWIRE_TRUSTED_HOPS', {
    fallback: 0,
    min: 0,
    max: 16,
    doc: "Proxies in front of the server that add to X-Forwarded-For: the client's address is so many from its end. 0: the header is not believed.",
  }),
  proxyProtocol: flag('TICKWIRE_PROXY_PROTOCOL', {
    fallback: false,
    doc: "Whether the client's address comes from PROXY protocol v2. Only behind a balancer that always sends it.",
  }),
  allowedOrigins: list('TICKWIRE_ALLOWED_ORIGINS', {
    fallback: [],
    each: 'origins such as https://desk.example, or *',
    pattern: ORIGIN,
    countMax: 64,
    doc: "Whose pages may connect; *: any page. Unset: pages of the server's own host and port. What sends no Origin is no page.",
  }),
  maxSubscriptions: integer('TICKWIRE_MAX_SUBSCRIPTIONS', {
    fallback: 1_024,
    min: 1,
    max: 100_000,
    doc: 'Subscriptions of one connection; `channel:*` counts one.',
  }),
  maxTopics: integer('TICKWIRE_MAX_TOPICS', {
    fallback: 100_000,
    min: 1,
    max: 10_000_000,
    doc: 'Topics whose last value is kept; updates of more are refused and counted.',
  }),
  requestBytesMax: integer('TICKWIRE_REQUEST_BYTES_MAX', {
    fallback: 65_536,
    min: 1_024,
    max: MIB_BYTES,
    doc: 'The largest request of a client; a larger one closes its connection (1009).',
  }),
  requestsPerS: integer('TICKWIRE_REQUESTS_PER_S', {
    fallback: 10,
    min: 1,
    max: 100_000,
    doc: 'Requests a second that one connection may make for long.',
  }),
  requestsBurst: integer('TICKWIRE_REQUESTS_BURST', {
    fallback: 20,
    min: 1,
    max: 100_000,
    doc: 'Requests that one connection may make at once.',
  }),
  requestBytesPerS: integer('TICKWIRE_REQUEST_BYTES_PER_S', {
    fallback: 131_072,
    min: 1_024,
    max: 1_000_000_000,
    doc: 'Bytes of requests a second that one connection may send for long, in bursts of as many, or of one largest request.',
  }),
  httpRequestsPerS: integer('TICKWIRE_HTTP_REQUESTS_PER_S', {
    fallback: 0,
    min: 0,
    max: 1_000_000,
    doc: 'HTTP API requests a second from one address, in bursts of twice as many; 0: no limit. Refused ones do not count.',
  }),
}
