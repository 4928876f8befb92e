/**
 * Faults: everything a peer did that it is told of, in one table. docs/protocol.md prints it.
 * `close` is absent where the connection survives. Close 4000-4499: come back with backoff. 4500-4999: do not, the
 * same request would be refused again. `http` is the status where the fault can meet an HTTP request.
 */
export const FAULTS = {
  bad_request: { code: 1001, says: 'the request is malformed', http: 400 },
  bad_topic: { code: 1002, says: 'not a topic name', http: 400 },
  unknown_method: { code: 1003, says: 'no such method' },
  not_subscribed: { code: 1004, says: 'not subscribed to this topic' },
  too_many_subscriptions: { code: 1005, says: 'the subscriptions of a connection are limited' },
  too_many_requests: { code: 1006, says: 'too many requests', close: 4002, http: 429 },
  request_too_large: { code: 1007, says: 'the request is too large', close: 1009 },
  bad_requests: { code: 1008, says: 'nothing but malformed requests', close: 4501 },
  slow_reader: { code: 1101, says: 'the connection is read too slowly', close: 4001 },
  auth_required: { code: 1401, says: 'a token is needed', http: 401 },
  bad_token: { code: 1402, says: 'the token is not accepted', close: 4502, http: 401 },
  not_allowed: { code: 1403, says: 'the token does not allow this', http: 403 },
  auth_expired: { code: 1404, says: 'the token has expired', close: 4003 },
  auth_timeout: { code: 1405, says: 'no token came in time', close: 4004 },
  auth_unavailable: { code: 1406, says: 'tokens cannot be checked now', close: 4005, http: 503 },
  bad_origin: { code: 1407, says: 'pages of this origin may not connect', http: 403 },
  restart: { code: 1201, says: 'the server is restarting', close: 1012, http: 503 },
  server_full: { code: 1202, says: 'no room for another connection', close: 1013, http: 503 },
  server_busy: { code: 1203, says: 'too many connect at once', close: 1013, http: 503 },
  too_many_connections: {
    code: 1204,
    says: 'too many connections of yours',
    close: 4006,
    http: 429,
  },
  unknown_dialect: { code: 1301, says: 'no such dialect', http: 400 },
  upgrade_required: { code: 1302, says: 'this is a WebSocket endpoint', http: 426 },
  not_found: { code: 1303, says: 'nothing is here', http: 404 },
  unknown_topic: { code: 1304, says: 'no value is known for this topic', http: 404 },
  unknown_probe: { code: 1306, says: 'no such kind of probe', http: 400 },
  method_not_allowed: { code: 1305, says: 'only GET is answered here', http: 405 },
} as const satisfies Record<string, Fault>

interface Fault {
  readonly code: number
  readonly says: string
  readonly close?: number
  readonly http?: number
}

export type FaultName = keyof typeof FAULTS
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[]

/** A fault as it stands in messages and in HTTP bodies. */
export interface FaultBody {
  readonly code: number
  readonly name: FaultName
  readonly message: string
}

/** The body of a fault; `detail` says what it was in this case. */
export function faultBody(name: FaultName, detail?: string): FaultBody {
  const { code, says } = FAULTS[name]
  return { code, name, message: detail === undefined ? says : `${says}: ${detail}` }
}

/** The code with which a fault closes the connection, or null where it survives. */
export function closeCodeOf(name: FaultName): number | null {
  const fault: Fault = FAULTS[name]
  return fault.close ?? null
}

/** The HTTP status of a fault; 400 for one that has none of its own. */
export function httpStatusOf(name: FaultName): number {
  const fault: Fault = FAULTS[name]
  return fault.http ?? 400
}

/** A fault told to the peer. Anything else that is thrown is a bug and must crash. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly fault: FaultName
  readonly detail: string

  constructor(fault: FaultName, detail: string, options?: ErrorOptions) {
    super(`${FAULTS[fault].says}: ${detail}`, options)
    this.fault = fault
    this.detail = detail
  }
}
