/**
 * What is a request, and what is wrong with everything else.
 */
import { expect, test } from 'vitest'
import type { FaultName } from '../../../src/protocol/faults.ts'
import {
  ACK_BYTES_MAX,
  INTERVAL_MS_MAX,
  parseRequest,
  requestIdOf,
} from '../../../src/protocol/requests.ts'

const topics = ['t:A']
const subscribe = (params: unknown) => ({ id: 1, method: 'subscribe', params })
const unsubscribe = (params: unknown) => ({ id: 1, method: 'unsubscribe', params })

test.each([
  {
    why: 'settings left out',
    value: subscribe({ topics }),
    request: { id: 1, method: 'subscribe', topics, intervalMs: 0, mode: 'full' },
  },
  {
    why: 'settings given',
    value: subscribe({ topics, intervalMs: INTERVAL_MS_MAX, mode: 'delta' }),
    request: { id: 1, method: 'subscribe', topics, intervalMs: INTERVAL_MS_MAX, mode: 'delta' },
  },
  {
    why: 'part of a millisecond',
    value: subscribe({ topics, intervalMs: 250.9 }),
    request: { id: 1, method: 'subscribe', topics, intervalMs: 250, mode: 'full' },
  },
  {
    why: 'a topic named twice counts once, and order is kept',
    value: unsubscribe({ topics: ['t:B', 't:A', 't:B'] }),
    request: { id: 1, method: 'unsubscribe', topics: ['t:B', 't:A'] },
  },
  {
    why: 'what is not a topic name is judged topic by topic, later',
    value: unsubscribe({ topics: [''] }),
    request: { id: 1, method: 'unsubscribe', topics: [''] },
  },
  {
    why: 'fields nobody asked for',
    value: { id: 'a', method: 'list', params: { x: 1 }, y: 2 },
    request: { id: 'a', method: 'list' },
  },
  { why: 'a ping', value: { id: -7, method: 'ping' }, request: { id: -7, method: 'ping' } },
  {
    why: 'the longest id',
    value: { id: 'x'.repeat(64), method: 'ping' },
    request: { id: 'x'.repeat(64), method: 'ping' },
  },
  { why: 'an empty id', value: { id: '', method: 'ping' }, request: { id: '', method: 'ping' } },
])('reads $why', ({ value, request }) => {
  expect(parseRequest(value)).toEqual(request)
})

interface Refused {
  readonly why: string
  readonly value: unknown
  readonly fault?: FaultName
  readonly says: string
}

const notAnObject = [null, undefined, 1, 'ping', true, [], [{ id: 1, method: 'ping' }]]
const badIds = [undefined, null, 1.5, Number.NaN, 2 ** 53, true, {}, [1], 'x'.repeat(65)]
const badTopics = [undefined, null, 't:A', {}, [], [1], ['t:A', null], [['t:A']]]
const badIntervals = [-1, INTERVAL_MS_MAX + 1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, {}]
const badModes = ['', 'FULL', 'fulls', null, 0, ['full'], 'constructor']
const badMethods = [undefined, null, 1, {}, ['ping']]
const badParams = [undefined, null, 1, 'topics', [], [{ topics }]]

const REFUSED: Refused[] = [
  ...each(notAnObject, (value) => ({ why: 'no object', value, says: 'a request is an object' })),
  ...each(badIds, (id) => ({ why: 'id', value: { id, method: 'ping' }, says: 'id must be' })),
  ...each(badMethods, (method) => ({
    why: 'method',
    value: { id: 1, method },
    says: 'method must be',
  })),
  ...each(badParams, (params) => ({
    why: 'params',
    value: subscribe(params),
    says: 'params must be',
  })),
  ...each(badParams, (params) => ({
    why: 'params',
    value: unsubscribe(params),
    says: 'params must be',
  })),
  ...each(badTopics, (t) => ({
    why: 'topics',
    value: subscribe({ topics: t }),
    says: 'params.topics',
  })),
  ...each(badTopics, (t) => ({
    why: 'topics',
    value: unsubscribe({ topics: t }),
    says: 'params.topics',
  })),
  ...each(badIntervals, (intervalMs) => ({
    why: 'intervalMs',
    value: subscribe({ topics, intervalMs }),
    says: 'params.intervalMs must be',
  })),
  ...each(badModes, (mode) => ({
    why: 'mode',
    value: subscribe({ topics, mode }),
    says: 'params.mode must be one of full, delta',
  })),
  ...each(['', 'Ping', 'Auth', 'constructor', '__proto__', '"'], (method) => ({
    why: 'unknown method',
    value: { id: 1, method },
    fault: 'unknown_method' as const,
    says: `${JSON.stringify(method)}; there are subscribe, unsubscribe, list, ping`,
  })),
]

test.each(REFUSED)('refuses $why: $value', ({ value, fault = 'bad_request', says }) => {
  expect(() => parseRequest(value)).toThrow(
    expect.objectContaining({
      name: 'ProtocolError',
      fault,
      detail: expect.stringContaining(says),
    }),
  )
})

test('repeats no more of an unknown method than is needed to recognise it', () => {
  expect(() => parseRequest({ id: 1, method: 'x'.repeat(10_000) })).toThrow(
    `no such method: "${'x'.repeat(32)}"; there are`,
  )
})

test.each([
  { value: { id: 5, method: 9 }, id: 5 },
  { value: { id: 'five' }, id: 'five' },
  { value: { id: 0 }, id: 0 },
  ...badIds.map((id) => ({ value: { id }, id: null })),
  ...notAnObject.map((value) => ({ value, id: null })),
])('the id of $value is $id, whatever else is wrong', ({ value, id }) => {
  expect(requestIdOf(value)).toBe(id)
})

function each<T>(values: readonly T[], make: (value: T) => Refused): Refused[] {
  return values.map(make)
}

test('an ack needs no id, and keeps one that it has', () => {
  const ack = { method: 'ack', params: { number: 7 } }
  expect(parseRequest(ack)).toEqual({ id: null, method: 'ack', number: 7 })
  expect(parseRequest({ ...ack, id: 'a' })).toEqual({ id: 'a', method: 'ack', number: 7 })
})

test.each([
  { why: 'an id that is none', ack: { id: {}, method: 'ack', params: { number: 7 } } },
  { why: 'no params', ack: { method: 'ack' } },
  { why: 'no number', ack: { method: 'ack', params: {} } },
  { why: 'half a number', ack: { method: 'ack', params: { number: 7.5 } } },
  { why: 'a text', ack: { method: 'ack', params: { number: '7' } } },
])('refuses an ack with $why', ({ ack }) => {
  expect(() => parseRequest(ack)).toThrow('the request is malformed')
})

test('the largest ack is within its limit, in the dialect that writes most', () => {
  const ack = { id: '\u{1f4c8}'.repeat(32), method: 'ack', params: { number: 0xffff_ffff } }
  const escaped = JSON.stringify(ack).replace(/[\ud800-\udfff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16)}`
  })
  expect(parseRequest(JSON.parse(escaped))).toMatchObject({ id: ack.id })
  expect(escaped.length).toBeGreaterThan(400)
  expect(escaped.length).toBeLessThanOrEqual(ACK_BYTES_MAX)
})
