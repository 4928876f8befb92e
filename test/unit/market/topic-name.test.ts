/**
 * Topic names: goal: what is let through can stand in JSON, in a URL and in Redis as it is. Method: a table, and a
 * property over arbitrary texts.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { channelOf, parseSelector, TOPIC_CHARS_MAX } from '../../../src/market/topic-name.ts'

describe('channelOf', () => {
  test.each([
    { name: 'ticker:BTC-USD', channel: 'ticker', why: 'the usual one' },
    { name: 'ticker:binance:BTC-USDT', channel: 'ticker', why: 'colons in the key' },
    { name: 'ticker:BTC/USD', channel: 'ticker', why: 'a slash in the key' },
    { name: 'ticker:a?b#c&d=e%20', channel: 'ticker', why: 'other printable signs' },
    { name: 'order_book.l2-x9:A', channel: 'order_book.l2-x9', why: 'all signs of a channel' },
    { name: `${'c'.repeat(32)}:${'K'.repeat(127)}`, channel: 'c'.repeat(32), why: 'the longest' },
    { name: `${'c'.repeat(33)}:K`, channel: null, why: 'a channel too long' },
    { name: `c:${'K'.repeat(128)}`, channel: null, why: 'a key too long' },
    { name: '', channel: null, why: 'nothing' },
    { name: 'ticker', channel: null, why: 'no colon' },
    { name: 'ticker:', channel: null, why: 'no key' },
    { name: ':BTC', channel: null, why: 'no channel' },
    { name: 'Ticker:BTC', channel: null, why: 'an upper-case channel' },
    { name: '1ticker:BTC', channel: null, why: 'a channel that begins with a digit' },
    { name: 'tick er:BTC', channel: null, why: 'a space in the channel' },
    { name: 'ticker:BTC USD', channel: null, why: 'a space in the key' },
    { name: 'ticker:*', channel: null, why: 'a star' },
    { name: 'ticker:BTC*', channel: null, why: 'a star within' },
    { name: 'ticker:"BTC"', channel: null, why: 'quotes' },
    { name: 'ticker:a\\b', channel: null, why: 'a backslash' },
    { name: 'ticker:BTC\n', channel: null, why: 'a newline at the end' },
    { name: 'ticker:\u0000', channel: null, why: 'a control character' },
    { name: 'ticker:€', channel: null, why: 'not ASCII' },
    { name: 'ticker:\u007f', channel: null, why: 'delete' },
  ])('$why: $name', ({ name, channel }) => {
    expect(channelOf(name)).toBe(channel)
  })

  test('a name that is let through needs no escaping', () => {
    const likely = fc
      .tuple(fc.constantFrom('ticker', 'a_b', 'T', '*'), fc.string({ maxLength: 8 }))
      .map(([channel, key]) => `${channel}:${key}`)
    const wild = fc.array(fc.nat(0xffff)).map((units) => `c:${String.fromCharCode(...units)}`)
    fc.assert(
      fc.property(fc.oneof(likely, wild), (name) => {
        if (channelOf(name) === null) return
        expect(JSON.stringify(name)).toBe(`"${name}"`)
        expect(name.length).toBeLessThanOrEqual(TOPIC_CHARS_MAX)
        expect(name).toMatch(/^[!-~]+$/)
      }),
    )
  })
})

describe('parseSelector', () => {
  test.each([
    { text: 'ticker:BTC-USD', channel: 'ticker', key: 'BTC-USD' },
    { text: 'ticker:a:b', channel: 'ticker', key: 'a:b' },
    { text: 'ticker:*', channel: 'ticker', key: null },
  ])('$text', ({ text, channel, key }) => {
    expect(parseSelector(text)).toEqual({ text, channel, key })
  })

  test.each(['', '*', '*:*', 'ticker:**', 'ticker:B*', 'tick er:*', 'Ticker:*', 'ticker:* '])(
    'refuses %j',
    (text) => {
      expect(parseSelector(text)).toBeNull()
    },
  )
})
