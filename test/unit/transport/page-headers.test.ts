/**
 * Page headers: goal: no header of a request gets into an answer unchecked, and what a client accepts is read as it is
 * meant.
 */
import { describe, expect, test } from 'vitest'
import { accepts, isKnown, securityOf } from '../../../src/transport/page-headers.ts'

const policyOf = (host: string) => securityOf(host)['Content-Security-Policy']!

describe('the policy', () => {
  test.each(['localhost:9000', '10.0.0.1', 'a-b.example.org:80', '[::1]:9000'])(
    'lets the page talk to the host that it came from: %s',
    (host) => {
      expect(policyOf(host)).toContain(`connect-src 'self' ws://${host} wss://${host};`)
    },
  )

  test.each(['', '*', 'a b', "x; script-src 'unsafe-inline'", 'x\r\nSet-Cookie: a', 'x:1:2', 'ä'])(
    'takes over nothing that is no host: %j',
    (host) => {
      expect(policyOf(host)).toContain("connect-src 'self';")
    },
  )

  test('allows no script and no style but our own files', () => {
    const policy = policyOf('x')
    expect(policy).toContain("default-src 'none';")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("style-src 'self';")
    expect(policy).not.toMatch(/unsafe|\*/)
  })
})

test.each([
  { header: 'gzip, deflate, br', encoding: 'br', expected: true },
  { header: 'BR;q=0.5', encoding: 'br', expected: true },
  { header: 'gzip;q=1.0, br;q=0', encoding: 'br', expected: false },
  { header: 'br; q=0.000', encoding: 'br', expected: false },
  { header: 'brotli', encoding: 'br', expected: false },
  { header: '', encoding: 'gzip', expected: false },
])('$header accepts $encoding: $expected', ({ header, encoding, expected }) => {
  expect(accepts(header, encoding)).toBe(expected)
})

test.each([
  { header: '"a"', expected: true },
  { header: '"x", W/"a"', expected: true },
  { header: '*', expected: true },
  { header: '"ab"', expected: false },
  { header: 'a', expected: false },
  { header: '', expected: false },
])('If-None-Match $header is about "a": $expected', ({ header, expected }) => {
  expect(isKnown(header, '"a"')).toBe(expected)
})
