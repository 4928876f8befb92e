/**
 * Who may ask for profiles without a token: callers of this machine, in whichever form their address comes.
 */
import { expect, test } from 'vitest'
import { isLoopback } from '../../../src/transport/profiles.ts'

test.each([
  '127.0.0.1',
  '127.1.2.3',
  '::1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  '0000:0000:0000:0000:0000:ffff:7f00:0001',
])('%s is this machine', (address) => {
  expect(isLoopback(address)).toBe(true)
})

test.each(['10.0.0.1', '128.0.0.1', '::2', '0000:0000:0000:0000:0000:ffff:0a00:0001', '', '127'])(
  '%s is not',
  (address) => {
    expect(isLoopback(address)).toBe(false)
  },
)
