/**
 * Which dialect and which kind of probes a handshake gets.
 */
import { expect, test } from 'vitest'
import { negotiate, probeKind } from '../../../src/transport/negotiate.ts'

const json = 'tickwire.v1.json'
const msgpack = 'tickwire.v1.msgpack'

test.each([
  { why: 'nothing asked', offered: '', query: undefined, name: 'json', answer: null },
  { why: 'an empty query', offered: '', query: '', name: 'json', answer: null },
  { why: 'by query', offered: '', query: 'msgpack', name: 'msgpack', answer: null },
  { why: 'the default by query', offered: '', query: 'json', name: 'json', answer: null },
  { why: 'by subprotocol', offered: msgpack, query: undefined, name: 'msgpack', answer: msgpack },
  {
    why: 'the first that is known',
    offered: `x, ${json},${msgpack}`,
    query: undefined,
    name: 'json',
    answer: json,
  },
  {
    why: "the client's order",
    offered: `${msgpack},${json}`,
    query: undefined,
    name: 'msgpack',
    answer: msgpack,
  },
  { why: 'blanks around it', offered: ` \t${json} `, query: undefined, name: 'json', answer: json },
  { why: 'subprotocol before query', offered: json, query: 'msgpack', name: 'json', answer: json },
  { why: 'a query that would be refused', offered: json, query: 'xml', name: 'json', answer: json },
])('$why: "$offered" and ?dialect=$query', ({ offered, query, name, answer }) => {
  expect(negotiate(offered, query)).toMatchObject({ dialect: { name }, subprotocol: answer })
})

test.each(['chat', 'tickwire.v2.json', 'TICKWIRE.V1.JSON', ',', ' ', 'json'])(
  'refuses the subprotocol "%s" with the list',
  (offered) => {
    expect(negotiate(offered, 'json')).toEqual({ refusal: `offer one of ${json}, ${msgpack}` })
  },
)

test.each(['xml', 'JSON', ' json', 'tickwire.v1.json', 'constructor'])(
  'refuses ?dialect=%s with the list',
  (query) => {
    expect(negotiate('', query)).toEqual({ refusal: 'there are json, msgpack' })
  },
)

test.each([
  { query: undefined, kind: 'ping' },
  { query: '', kind: 'ping' },
  { query: 'ping', kind: 'ping' },
  { query: 'message', kind: 'message' },
])('?probe=$query asks for $kind probes', ({ query, kind }) => {
  expect(probeKind(query)).toBe(kind)
})

test.each(['pong', 'MESSAGE', ' ping', 'constructor'])(
  'refuses ?probe=%s with the list',
  (query) => {
    expect(probeKind(query)).toEqual({ refusal: 'there are ping, message' })
  },
)
