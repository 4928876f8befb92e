/**
 * The table of faults keeps its own rules, on which clients build theirs.
 */
import { expect, test } from 'vitest'
import {
  closeCodeOf,
  FAULT_NAMES,
  FAULTS,
  faultBody,
  httpStatusOf,
  ProtocolError,
} from '../../../src/protocol/faults.ts'

/** Codes of RFC 6455 and its registry that mean here what they mean there. */
const STANDARD_CLOSE_CODES = [1009, 1012, 1013]
/** A close frame has 125 bytes, two of them for the code. */
const CLOSE_REASON_BYTES_MAX = 123

const closing = FAULT_NAMES.filter((name) => closeCodeOf(name) !== null)

test('no two faults share a code, nor a close code of our own', () => {
  const codes = FAULT_NAMES.map((name) => FAULTS[name].code)
  expect(new Set(codes).size).toBe(codes.length)
  const closeCodes = closing.map((name) => closeCodeOf(name)!).filter((code) => code >= 4000)
  expect(new Set(closeCodes).size).toBe(closeCodes.length)
})

test.each(FAULT_NAMES)('%s has a code that is no close code, and words', (name) => {
  const { code, says } = FAULTS[name]
  expect(code).toBeGreaterThanOrEqual(1001)
  expect(code).toBeLessThan(2000)
  expect(says).toMatch(/^[a-z].*[^.]$/)
})

test.each(closing)('%s closes with a code of a class that clients know', (name) => {
  const code = closeCodeOf(name)!
  const isOwn = code >= 4000 && code <= 4999
  expect(isOwn || STANDARD_CLOSE_CODES.includes(code)).toBe(true)
  // The reason that goes with it is the fault's name.
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(CLOSE_REASON_BYTES_MAX)
})

test('whether to come back is said by the class of the close code', () => {
  const cameBack = (from: number, to: number) =>
    closing.filter((name) => closeCodeOf(name)! >= from && closeCodeOf(name)! <= to).sort()
  expect(cameBack(4000, 4499)).toEqual([
    'auth_expired',
    'auth_timeout',
    'auth_unavailable',
    'slow_reader',
    'too_many_connections',
    'too_many_requests',
  ])
  expect(cameBack(4500, 4999)).toEqual(['bad_requests', 'bad_token'])
})

test.each(FAULT_NAMES)('%s has an HTTP status that says error', (name) => {
  expect(httpStatusOf(name)).toBeGreaterThanOrEqual(400)
  expect(httpStatusOf(name)).toBeLessThan(600)
})

test('a fault without a status of its own is the request’s', () => {
  expect(httpStatusOf('not_subscribed')).toBe(400)
  expect(httpStatusOf('unknown_topic')).toBe(404)
})

test('a body says the fault, and what it was in this case', () => {
  expect(faultBody('bad_topic')).toEqual({
    code: 1002,
    name: 'bad_topic',
    message: 'not a topic name',
  })
  expect(faultBody('bad_topic', 'ticker:').message).toBe('not a topic name: ticker:')
})

test('a ProtocolError carries its fault and its detail', () => {
  const cause = new Error('why')
  const error = new ProtocolError('bad_request', 'not JSON', { cause })
  expect(error).toMatchObject({ fault: 'bad_request', detail: 'not JSON', cause })
  expect(error.message).toBe('the request is malformed: not JSON')
})
