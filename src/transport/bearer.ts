/**
 * Bearer: the token that a request brings: in its Authorization header, as the subprotocol `bearer.<jwt>`, or, where
 * that is switched on, as ?token=. Not whether it is any good: access/ knows that.
 */
import type { HttpRequest } from 'uWebSockets.js'
import { ProtocolError } from '../protocol/faults.ts'
import { TOKEN_CHARS_MAX } from '../protocol/requests.ts'

const SUBPROTOCOL = 'bearer.'
const SCHEME = /^Bearer(?: +|$)/i
/** Three parts of base64url. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Where a request may have a token, as it stands there. */
export interface TokenPlaces {
  /** '' where there is none. */
  readonly authorization: string
  /** The subprotocols that are offered; '' for none. */
  readonly offered: string
  /** ?token=, where there is one. */
  readonly query: string | undefined
}

/** The token of a request, or null. Throws ProtocolError (bad_token) as chosenToken() does. */
export function tokenOf(req: HttpRequest, inQuery: boolean): string | null {
  const places: TokenPlaces = {
    authorization: req.getHeader('authorization'),
    offered: req.getHeader('sec-websocket-protocol'),
    query: req.getQuery() ? req.getQuery('token') : undefined,
  }
  return chosenToken(places, inQuery)
}

/**
 * The one token that is there, or null. Throws ProtocolError (bad_token), without repeating it, for one that is no JWT,
 * for two that differ, and for one in a query that is not looked at: nobody must believe to be known who is not.
 */
export function chosenToken(places: TokenPlaces, inQuery: boolean): string | null {
  const { authorization, offered, query } = places
  if (query !== undefined && !inQuery) throw bad('it is not taken in the query')
  const tokens = subprotocolsOf(offered).filter(isBearer).map(withoutName)
  // Another scheme is somebody else's, such as a proxy's own password.
  if (SCHEME.test(authorization)) tokens.push(authorization.replace(SCHEME, '').trim())
  if (query !== undefined) tokens.push(query)
  const [token = null] = tokens
  if (token === null) return null
  if (tokens.some((other) => other !== token)) throw bad('there are two, and they differ')
  if (token.length > TOKEN_CHARS_MAX) throw bad(`it has more than ${TOKEN_CHARS_MAX} characters`)
  if (!JWT.test(token)) throw bad('it is no JWT')
  return token
}

/** The subprotocols that are offered beside tokens, to choose a dialect from. No token must ever be sent back. */
export function dialectsOffered(offered: string): string {
  if (!offered.includes(SUBPROTOCOL)) return offered
  return subprotocolsOf(offered)
    .filter((name) => !isBearer(name))
    .join(', ')
}

function subprotocolsOf(offered: string): string[] {
  return offered.split(',').map((name) => name.trim())
}

function isBearer(name: string): boolean {
  return name.startsWith(SUBPROTOCOL)
}

function withoutName(name: string): string {
  return name.slice(SUBPROTOCOL.length)
}

function bad(detail: string): ProtocolError {
  return new ProtocolError('bad_token', detail)
}
