/**
 * Where a client is: addresses as they come in, what X-Forwarded-For is believed, and what limits count as one address.
 * By tables, and by properties over random addresses.
 */

import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forwardedAddress, limitKey, readAddress } from '../../../src/transport/addresses.ts'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  [' 10.1.2.3 ', '10.1.2.3'],
  ['10.1.2.3:5678', '10.1.2.3'],
  ['0000:0000:0000:0000:0000:ffff:7f00:0001', '127.0.0.1'],
  ['::FFFF:10.1.2.3', '10.1.2.3'],
  ['[::ffff:10.1.2.3]:80', '10.1.2.3'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['', null],
  ['unknown', null],
  ['_hidden', null],
  ['10.1.2', null],
  ['10.1.2.256', null],
  ['010.1.2.3', null],
  ['10.1.2.3:', null],
  ['10.1.2.3:80:80', null],
  ['[10.1.2.3', null],
  ['2001:db8::1::2', null],
  ["127.0.0.1'; drop", null],
])('reads "%s" as %s', (text, address) => {
  expect(readAddress(text)).toBe(address)
})

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['', ''],
  ['::', '0:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:0:1:1:1::', '2001:db8:0:1::/64'],
  ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ['::1.2.3.4', '0:0:0:0::/64'],
])('counts %s as %s', (address, key) => {
  expect(limitKey(address)).toBe(key)
})

const group = fc.nat(0xffff)
const groups = fc.tuple(group, group, group, group, group, group, group, group)
const sparse = fc.array(fc.oneof(fc.constant(0), group), { minLength: 8, maxLength: 8 })

function written(parts: readonly number[]): string {
  return parts.map((part) => part.toString(16)).join(':')
}

test('IPv6 addresses count as one exactly where their first 64 bits agree', () => {
  const check = fc.property(fc.oneof(groups, sparse), fc.oneof(groups, sparse), (one, two) => {
    const keyOf = (parts: readonly number[]) => limitKey(readAddress(written(parts))!)
    // Mapped IPv4 is counted as IPv4.
    fc.pre([one, two].every((parts) => parts.slice(0, 5).some((part) => part !== 0)))
    const mixed = [...one.slice(0, 4), ...two.slice(4)]
    expect(keyOf(mixed)).toBe(keyOf(one))
    expect(keyOf(one) === keyOf(two)).toBe(written(one.slice(0, 4)) === written(two.slice(0, 4)))
  })
  fc.assert(check)
})

test('whatever the header says, what is read is an address, and reads as itself', () => {
  const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constant('unknown'))
  const check = fc.property(fc.array(entry), fc.integer({ min: 1, max: 16 }), (entries, hops) => {
    const address = forwardedAddress(entries.join(','), hops)
    if (address === null) return
    expect(isIP(address)).not.toBe(0)
    expect(readAddress(address)).toBe(address)
  })
  fc.assert(check)
})

test('a client changes nothing by what it writes itself', () => {
  const check = fc.property(fc.string(), fc.array(fc.ipV4(), { minLength: 1 }), (own, proxies) => {
    const told = proxies.join(', ')
    expect(forwardedAddress(`${own}, ${told}`, proxies.length)).toBe(proxies[0])
  })
  fc.assert(check)
})

test.each([
  { header: '1.1.1.1', hops: 1, address: '1.1.1.1' },
  { header: '6.6.6.6, 1.1.1.1', hops: 1, address: '1.1.1.1' },
  { header: '6.6.6.6, 1.1.1.1,2.2.2.2', hops: 2, address: '1.1.1.1' },
  { header: '1.1.1.1', hops: 2, address: null },
  { header: '', hops: 1, address: null },
  { header: '1.1.1.1,', hops: 1, address: null },
  { header: '1.1.1.1, unknown', hops: 1, address: null },
])('takes "$header" behind $hops hops for $address', ({ header, hops, address }) => {
  expect(forwardedAddress(header, hops)).toBe(address)
})
