/**
 * Limits without sockets: the bucket, requests by address, and admission. Every place that is taken is given back, and
 * nothing is kept of addresses that have gone.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Admission } from '../../../src/transport/admission.ts'
import { Bucket } from '../../../src/transport/bucket.ts'
import { ADDRESSES_MAX, Rates } from '../../../src/transport/rates.ts'

const FREE = { maxConnections: 1_000, maxConnectionsPerAddress: 0, acceptsPerS: 0 }

const waits = fc.array(fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5_000)), { maxLength: 300 })

test('a bucket never gives more than the burst and the rate over the time', () => {
  const rate = fc.integer({ min: 1, max: 50 })
  const check = fc.property(rate, rate, waits, (perS, burst, gaps) => {
    const bucket = new Bucket(perS, burst, 0)
    let nowMs = 0
    let taken = 0
    for (const gap of gaps) {
      nowMs += gap
      if (bucket.take(nowMs)) taken++
      expect(taken).toBeLessThanOrEqual(burst + (perS * nowMs) / 1000 + 1e-6)
    }
  })
  fc.assert(check)
})

test('a bucket gives one to whoever waits as long as it says', () => {
  const rate = fc.integer({ min: 1, max: 50 })
  const check = fc.property(rate, rate, waits, (perS, burst, gaps) => {
    const bucket = new Bucket(perS, burst, 0)
    let nowMs = 0
    for (const gap of gaps) {
      nowMs += gap
      bucket.take(nowMs)
    }
    const waitMs = bucket.waitMs(nowMs)
    expect(waitMs).toBeLessThanOrEqual(1000 / perS + 1e-6)
    expect(bucket.take(nowMs + waitMs + 1e-6)).toBe(true)
  })
  fc.assert(check)
})

test('a bucket gives and takes nothing when its clock is set back', () => {
  const bucket = new Bucket(1, 2, 10_000)
  expect([bucket.take(10_000), bucket.take(0), bucket.take(0)]).toEqual([true, true, false])
  expect(bucket.level(500)).toBe(0.5)
})

test('each address has requests of its own, in bursts of two seconds, and is told when to come back', () => {
  const rates = new Rates(2)
  expect([0, 0, 0, 0].map((nowMs) => rates.take('10.0.0.1', nowMs))).toEqual([0, 0, 0, 0])
  // However often it asks, it gets its rate.
  for (let i = 0; i < 100; i++) expect(rates.take('10.0.0.1', 0)).toBe(500)
  expect(rates.take('10.0.0.2', 0)).toBe(0)
  expect(rates.take('10.0.0.1', 499)).toBeCloseTo(1)
  expect(rates.take('10.0.0.1', 500)).toBe(0)
  expect(rates.take('10.0.0.1', 500)).toBe(500)
})

test('addresses of one IPv6 network share their requests', () => {
  const rates = new Rates(1)
  rates.take('2001:db8::1', 0)
  rates.take('2001:db8::2', 0)
  expect(rates.take('2001:db8::3', 0)).toBeGreaterThan(0)
  expect(rates.take('2001:db8:0:1::1', 0)).toBe(0)
})

test('forgets who is quiet until nothing is left to remember', () => {
  const rates = new Rates(10)
  for (let i = 0; i < 100; i++) rates.take(`10.0.0.${i}`, 0)
  expect(rates.size).toBe(100)
  rates.take('10.0.1.1', 99)
  expect(rates.size).toBe(101)
  rates.take('10.0.1.2', 200)
  expect(rates.size).toBe(1)
})

test('forgets the quiet although another asks all the time', () => {
  const rates = new Rates(10)
  for (let i = 0; i < 100; i++) {
    rates.take('10.0.0.1', i * 100)
    rates.take(`10.0.1.${i}`, i * 100)
    expect(rates.size).toBeLessThanOrEqual(3)
  }
})

test('remembers only so many, however many come at once', () => {
  const rates = new Rates(1)
  for (let i = 0; i < ADDRESSES_MAX + 500; i++) rates.take(`address ${i}`, 0)
  expect(rates.size).toBe(ADDRESSES_MAX)
})

function faultOf(admission: Admission, address: string, nowMs = 0): string | null {
  try {
    admission.check(address, nowMs)
    return null
  } catch (error) {
    return (error as { fault: string }).fault
  }
}

test('has so many places, and those who leave make room', () => {
  const admission = new Admission({ ...FREE, maxConnections: 2 }, 0)
  admission.enter('10.0.0.1', 0)
  expect(faultOf(admission, '10.0.0.1')).toBeNull()
  admission.enter('10.0.0.1', 0)
  expect(faultOf(admission, '10.0.0.2')).toBe('server_full')
  admission.leave('10.0.0.1')
  expect(faultOf(admission, '10.0.0.2')).toBeNull()
})

test('has so many places for one address', () => {
  const admission = new Admission({ ...FREE, maxConnectionsPerAddress: 2 }, 0)
  for (const address of ['2001:db8::1', '2001:db8::2', '10.0.0.1']) admission.enter(address, 0)
  expect(faultOf(admission, '2001:db8::3')).toBe('too_many_connections')
  expect(faultOf(admission, '10.0.0.1')).toBeNull()
  admission.leave('2001:db8::2')
  expect(faultOf(admission, '2001:db8::3')).toBeNull()
})

test('lets so many in a second, and refused ones take nothing from it', () => {
  const admission = new Admission({ ...FREE, maxConnectionsPerAddress: 1, acceptsPerS: 2 }, 0)
  admission.enter('10.0.0.1', 0)
  for (let i = 0; i < 1_000; i++) {
    expect(faultOf(admission, '10.0.0.1')).toBe('too_many_connections')
  }
  expect(faultOf(admission, '10.0.0.2')).toBeNull()
  admission.enter('10.0.0.2', 0)
  expect(faultOf(admission, '10.0.0.3', 0)).toBe('server_busy')
  for (let ms = 0; ms < 499; ms++) {
    expect(faultOf(admission, '10.0.0.3', ms)).toBe('server_busy')
  }
  expect(faultOf(admission, '10.0.0.3', 500)).toBeNull()
})

test('counts what a model counts, and nothing of addresses that are gone', () => {
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '2001:db8::2', '::1', '')
  const step = fc.tuple(fc.boolean(), address)
  const check = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const admission = new Admission(
      { maxConnections: 8, maxConnectionsPerAddress: 3, acceptsPerS: 0 },
      0,
    )
    const there: string[] = []
    const keyOf = (one: string) => (one.startsWith('2001:') ? 'network' : one)
    for (const [isEntering, one] of steps) {
      const ofAddress = there.filter((other) => keyOf(other) === keyOf(one)).length
      const perAddress = ofAddress >= 3 ? 'too_many_connections' : null
      expect(faultOf(admission, one)).toBe(there.length >= 8 ? 'server_full' : perAddress)
      if (isEntering && faultOf(admission, one) === null) {
        admission.enter(one, 0)
        there.push(one)
      } else if (!isEntering && there.includes(one)) {
        admission.leave(one)
        there.splice(there.indexOf(one), 1)
      }
      expect(admission.addressCount).toBe(new Set(there.map(keyOf)).size)
    }
  })
  fc.assert(check)
})
