/**
 * What a handshake asks for. The dialect: by subprotocol, else by ?dialect=, else the default. The kind of probes: by
 * ?probe=, else pings. Pure.
 */
import type { Dialect } from '../protocol/dialect.ts'
import { DEFAULT_DIALECT, DIALECTS } from '../protocol/dialects.ts'
import { PROBE_KINDS, type ProbeKind } from '../protocol/messages.ts'

/** The choice, or what to tell a client that asked for something else. */
export type Negotiated =
  | { readonly dialect: Dialect; readonly subprotocol: string | null }
  | { readonly refusal: string }

/**
 * `offered` is the Sec-WebSocket-Protocol header ('' where there is none): the first known one wins, and none known is
 * a refusal, since a browser would fail the connection without saying why. `query` is ?dialect=, where given.
 */
export function negotiate(offered: string, query: string | undefined): Negotiated {
  if (offered !== '') {
    for (const name of offered.split(',')) {
      const dialect = DIALECTS.find(({ subprotocol }) => subprotocol === name.trim())
      if (dialect !== undefined) return { dialect, subprotocol: dialect.subprotocol }
    }
    return { refusal: `offer one of ${DIALECTS.map((d) => d.subprotocol).join(', ')}` }
  }
  if (query === undefined || query === '') return { dialect: DEFAULT_DIALECT, subprotocol: null }
  const dialect = DIALECTS.find(({ name }) => name === query)
  if (dialect !== undefined) return { dialect, subprotocol: null }
  return { refusal: `there are ${DIALECTS.map((d) => d.name).join(', ')}` }
}

/** The kind of probes that ?probe= asks for, where given; or what to tell a client that asked for another. */
export function probeKind(query: string | undefined): ProbeKind | { readonly refusal: string } {
  if (query === undefined || query === '') return 'ping'
  const kind = PROBE_KINDS.find((known) => known === query)
  return kind ?? { refusal: `there are ${PROBE_KINDS.join(', ')}` }
}
