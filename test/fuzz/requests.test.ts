/**
 * Fuzz, requests: goal: in either dialect any bytes are a request that keeps its promises, or a ProtocolError, and
 * nothing else. Method: test/support/fuzz.ts.
 */
import { DIALECTS } from '../../src/protocol/dialects.ts'
import { ProtocolError } from '../../src/protocol/faults.ts'
import { MODES } from '../../src/protocol/messages.ts'
import {
  ID_CHARS_MAX,
  INTERVAL_MS_MAX,
  METHODS,
  parseRequest,
  type Request,
  requestIdOf,
} from '../../src/protocol/requests.ts'
import { fuzz, must, one } from '../support/fuzz.ts'
import { around } from '../support/fuzz-inputs.ts'
import { PAST_MSGPACK } from '../support/fuzz-past.ts'
import { REQUESTS_IN } from '../support/fuzz-samples.ts'

for (const dialect of DIALECTS) {
  fuzz(`requests in ${dialect.name}`, {
    make: around(REQUESTS_IN[dialect.name]),
    check: one((bytes) => {
      try {
        const value = dialect.decodeRequest(bytes)
        requireId(requestIdOf(value))
        requireGood(parseRequest(value))
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        must(error.message.length < 400, 'a refusal is short, however long the request')
      }
    }),
    past: PAST_MSGPACK,
  })
}

function requireGood(request: Request): void {
  must(METHODS.includes(request.method), 'there is such a method')
  requireId(request.id)
  must(request.id !== null || request.method === 'ack', 'all but acks have an id')
  if (request.method === 'ack') must(Number.isSafeInteger(request.number), 'acks have a number')
  if (!('topics' in request)) return
  const { topics } = request
  must(topics.length > 0 && new Set(topics).size === topics.length, 'topics come once')
  must(
    topics.every((topic) => typeof topic === 'string'),
    'topics are texts',
  )
  if (request.method !== 'subscribe') return
  const { intervalMs, mode } = request
  must(Number.isInteger(intervalMs) && intervalMs >= 0, 'the interval is a number')
  must(intervalMs <= INTERVAL_MS_MAX && MODES.includes(mode), 'the settings are in bounds')
}

function requireId(id: unknown): void {
  if (typeof id === 'string') must(id.length <= ID_CHARS_MAX, 'an id is short')
  else must(id === null || Number.isSafeInteger(id), 'an id is a number or null')
}
