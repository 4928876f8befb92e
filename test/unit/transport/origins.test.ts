/**
 * Whose pages may connect: a table of settings, origins and Host headers.
 */
import { expect, test } from 'vitest'
import { Origins } from '../../../src/transport/origins.ts'

interface Case {
  readonly allowed?: readonly string[]
  readonly origin: string
  readonly hosts?: readonly string[]
  readonly isAllowed: boolean
}

const DESK = ['https://desk.example', 'http://desk.example:8080']

test.each<Case>([
  // Not set: the server's own host and port.
  { origin: '', isAllowed: true },
  { origin: 'http://prices.example:9000', isAllowed: true },
  { origin: 'https://prices.example:9000', isAllowed: true },
  { origin: 'HTTP://Prices.Example:9000', isAllowed: true },
  { origin: 'http://prices.example:9001', isAllowed: false },
  { origin: 'http://prices.example', isAllowed: false },
  { origin: 'http://evil.example:9000', isAllowed: false },
  { origin: 'http://prices.example.evil.example:9000', isAllowed: false },
  { origin: 'http://evil.prices.example:9000', isAllowed: false },
  { origin: 'http://prices.example:9000@evil.example', isAllowed: false },
  { origin: 'null', isAllowed: false },
  { origin: 'file://', isAllowed: false },
  { origin: 'chrome-extension://prices.example:9000', isAllowed: false },
  { origin: 'http://[', isAllowed: false },
  // Ports that are the scheme's own.
  { origin: 'https://prices.example', hosts: ['prices.example'], isAllowed: true },
  { origin: 'https://prices.example', hosts: ['prices.example:443'], isAllowed: true },
  { origin: 'http://prices.example', hosts: ['prices.example:80'], isAllowed: true },
  { origin: 'http://prices.example', hosts: ['prices.example:443'], isAllowed: false },
  { origin: 'http://prices.example:80', hosts: ['PRICES.example'], isAllowed: true },
  { origin: 'http://[::1]:9000', hosts: ['[0:0::1]:9000'], isAllowed: true },
  // Hosts that are none, or several.
  { origin: 'http://prices.example', hosts: [], isAllowed: false },
  { origin: 'http://prices.example', hosts: [''], isAllowed: false },
  { origin: 'http://evil.example', hosts: ['prices.example@evil.example'], isAllowed: false },
  { origin: 'http://evil.example', hosts: ['evil.example/prices.example'], isAllowed: false },
  {
    origin: 'http://evil.example',
    hosts: ['evil.example', 'prices.example:9000'],
    isAllowed: false,
  },
  {
    origin: 'http://prices.example',
    hosts: ['prices.example', 'prices.example'],
    isAllowed: false,
  },
  // A list: exactly these, and not the server's own unless it is there.
  { allowed: DESK, origin: '', isAllowed: true },
  { allowed: DESK, origin: 'https://desk.example', isAllowed: true },
  { allowed: DESK, origin: 'https://DESK.example:443', isAllowed: true },
  { allowed: DESK, origin: 'http://desk.example:8080', isAllowed: true },
  { allowed: DESK, origin: 'http://desk.example', isAllowed: false },
  { allowed: DESK, origin: 'https://desk.example:8080', isAllowed: false },
  { allowed: DESK, origin: 'https://a.desk.example', isAllowed: false },
  { allowed: DESK, origin: 'http://prices.example:9000', isAllowed: false },
  { allowed: DESK, origin: 'null', isAllowed: false },
  { allowed: ['HTTPS://Desk.example:443'], origin: 'https://desk.example', isAllowed: true },
  // Any page.
  { allowed: ['*'], origin: 'http://evil.example', isAllowed: true },
  { allowed: ['*'], origin: 'null', isAllowed: true },
])('$allowed, "$origin" at $hosts: $isAllowed', (given) => {
  const { allowed = [], origin, hosts = ['prices.example:9000'], isAllowed } = given
  expect(new Origins(allowed).allows(origin, () => hosts)).toBe(isAllowed)
})
