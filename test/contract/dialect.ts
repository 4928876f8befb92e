/**
 * The Dialect contract (src/protocol/dialect.ts), for each dialect. `read` is an independent decoder of its bytes,
 * `write` an independent encoder: what ours says of itself proves nothing.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Dialect, TEXT_SPARE_BYTES } from '../../src/protocol/dialect.ts'
import { ProtocolError } from '../../src/protocol/faults.ts'
import type { Message } from '../../src/protocol/messages.ts'
import { parseRequest, requestIdOf } from '../../src/protocol/requests.ts'
import { MESSAGE_SAMPLES, REQUEST_SAMPLES } from '../../src/protocol/samples.ts'
import { aDataMessage, aMessage, someBytes } from './messages.ts'

export interface DialectRig {
  readonly dialect: Dialect
  readonly read: (bytes: Uint8Array) => unknown
  readonly write: (value: unknown) => Uint8Array
  /** A request that is nested as deep as the largest one can be. */
  readonly deep: Uint8Array
}

export function dialectContract({ dialect, read, write, deep }: DialectRig): void {
  const join = (messages: readonly Message[]) => joined(dialect, messages)

  describe(`dialect ${dialect.name}`, () => {
    test('names a subprotocol', () => {
      expect(dialect.subprotocol).toBe(`tickwire.v1.${dialect.name}`)
    })

    test.each(MESSAGE_SAMPLES)('encodes: $says', ({ message }) => {
      expect(read(dialect.encode(message))).toEqual([message])
    })

    test.each(REQUEST_SAMPLES)('decodes: $says', ({ request }) => {
      expect(dialect.decodeRequest(write(request))).toEqual(request)
    })

    test('encodes any message as a frame that holds it alone', () => {
      const check = fc.property(aMessage, (message) => {
        expect(read(dialect.encode(message))).toEqual([message])
      })
      fc.assert(check)
    })

    test('encodes data to the same bytes as any other message', () => {
      const check = fc.property(aDataMessage, (message) => {
        const { type, topic, seq, data } = message
        const bytes = dialect.encodeData(type, topic, seq, data)
        expect(read(bytes)).toEqual([message])
        expect(Buffer.compare(bytes, dialect.encode(message))).toBe(0)
      })
      fc.assert(check)
    })

    test('encodes a record that is at hand as JSON text to what its fields would be, or has no use for it', () => {
      const { encodeText } = dialect
      if (encodeText === null) return
      const target = Buffer.alloc(64 * 1024)
      const check = fc.property(aDataMessage, ({ topic, seq, data }) => {
        const text = Buffer.from(JSON.stringify(data))
        target.fill(0xff)
        const end = encodeText(topic, seq, text, target)
        expect(end).toBeLessThanOrEqual(text.length + topic.length + TEXT_SPARE_BYTES)
        const expected = dialect.encode({ type: 'full', topic, seq, data } as Message)
        expect(Buffer.compare(target.subarray(0, end), expected)).toBe(0)
        expect(target[end]).toBe(0xff)
      })
      fc.assert(check)
    })

    test('leaves what encode() gave alone, whatever is encoded next', () => {
      const check = fc.property(aMessage, fc.array(aDataMessage), (kept, others) => {
        const bytes = dialect.encode(kept)
        const before = Uint8Array.from(bytes)
        for (const { type, topic, seq, data } of others) dialect.encodeData(type, topic, seq, data)
        for (const other of others) dialect.encode(other)
        expect(Buffer.compare(bytes, before)).toBe(0)
      })
      fc.assert(check)
    })

    test('joins any messages into the frame that holds them all', () => {
      const check = fc.property(fc.array(aMessage, { minLength: 1, maxLength: 40 }), (messages) => {
        expect(read(join(messages))).toEqual(messages)
      })
      fc.assert(check)
    })

    test('joins a different number of messages into the same target again', () => {
      const target = new Uint8Array(1 << 20)
      const all = MESSAGE_SAMPLES.map(({ message }) => message)
      for (const messages of [all, all.slice(0, 2), all.slice(4)]) {
        expect(read(joined(dialect, messages, target))).toEqual(messages)
      }
    })

    test.each([15, 16, 255, 256, 257, 3_000])('joins %i messages', (count) => {
      const messages = Array.from(
        { length: count },
        (_, at): Message => ({ type: 'heartbeat', at }),
      )
      expect(read(join(messages))).toEqual(messages)
    })

    test('carries texts whose bytes are more than their characters, growing from record to record', () => {
      for (let length = 1_000; length < 200_000; length = Math.ceil(length * 1.5)) {
        const data = { text: '\u20ac'.repeat(length) }
        const bytes = dialect.encodeData('full', 't:A', 1, data)
        expect(read(bytes)).toEqual([{ type: 'full', topic: 't:A', seq: 1, data }])
      }
    })

    test('carries frames of more than 64 KiB: one message, and many', () => {
      const data = Object.fromEntries(
        Array.from({ length: 64 }, (_, i) => [`field${i}`, '\u20ac'.repeat(4096)]),
      )
      const message: Message = { type: 'full', topic: 't:A', seq: 1, data }
      expect(dialect.encode(message).length).toBeGreaterThan(64 * 1024)
      expect(read(dialect.encodeData('full', 't:A', 1, data))).toEqual([message])
      expect(read(join([message, message]))).toEqual([message, message])
    })

    test('refuses bytes that are no request with nothing but a ProtocolError', () => {
      fc.assert(fc.property(someBytes, (bytes) => decodeAndParse(dialect, bytes)))
    })

    test('refuses values that are no request with nothing but a ProtocolError', () => {
      const check = fc.property(fc.jsonValue(), fc.nat(), (value, cut) => {
        const bytes = write(value)
        decodeAndParse(dialect, bytes)
        decodeAndParse(dialect, bytes.subarray(0, cut % (bytes.length + 1)))
      })
      fc.assert(check)
    })

    test('survives deep nesting', () => {
      decodeAndParse(dialect, deep)
    })

    test('reads a request from the middle of a buffer', () => {
      const request = { id: 1, method: 'ping' }
      const bytes = write(request)
      const larger = new Uint8Array(bytes.length + 20).fill(0x91)
      larger.set(bytes, 10)
      expect(dialect.decodeRequest(larger.subarray(10, 10 + bytes.length))).toEqual(request)
    })
  })
}

/** Joins as the composer does, from copies of one-message frames. */
export function joined(
  dialect: Dialect,
  messages: readonly Message[],
  target: Uint8Array = new Uint8Array(16 << 20),
): Uint8Array {
  let end = dialect.headerBytes
  for (const message of messages) {
    end = dialect.append(target, end, dialect.encode(message).slice())
  }
  dialect.seal(target, 0, messages.length)
  return target.subarray(0, end)
}

function decodeAndParse(dialect: Dialect, bytes: Uint8Array): void {
  try {
    const value = dialect.decodeRequest(bytes)
    requestIdOf(value)
    parseRequest(value)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
}
