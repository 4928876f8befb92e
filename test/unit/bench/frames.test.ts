/**
 * Frames and marks: goal: however the kernel cuts the stream, the receivers count the same. Method: streams of frames
 * as servers write them, fed whole and in pieces of any size; what must come out is known from how they were made.
 */
import fc from 'fast-check'
import { pack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { FrameError, FrameParser, pongFrame } from '../../../bench/load/frames.ts'
import {
  AGE_US_MAX,
  JsonScanner,
  MarkError,
  type MarkScanner,
  MsgpackScanner,
} from '../../../bench/load/marks.ts'
import { payloadOf } from '../../../bench/load/payload.ts'
import { frame } from '../../support/raw-client.ts'

const NOW_MS = 1_617_647_428_063.25

/** Topic, count, and how many us ago it was due. */
type Seen = readonly [number, number, number]

interface Written {
  readonly values: readonly Seen[]
  readonly isPing: boolean
}

const value = fc.tuple(
  fc.nat({ max: 999 }),
  fc.integer({ min: 1, max: 9_999_999 }),
  fc.nat({ max: 5_000_000 }),
)
const written = fc.record({
  values: fc.array(value, { maxLength: 8 }),
  isPing: fc.boolean(),
})

describe.each<{ name: string; make: () => MarkScanner; encode: (data: readonly Seen[]) => Buffer }>(
  [
    { name: 'json', make: () => new JsonScanner(), encode: asJson },
    { name: 'msgpack', make: () => new MsgpackScanner(), encode: asMsgpack },
  ],
)('marks in $name', ({ make, encode }) => {
  test('are the same however the stream is cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(written, { maxLength: 12 }), cuts, (frames, sizes) => {
        const stream = Buffer.concat(frames.map((one) => bytesOf(one, encode)))
        const expected = {
          values: frames.flatMap(({ values, isPing }) => (isPing ? [] : values)),
          pings: frames.filter(({ isPing }) => isPing).length,
        }
        expect(read(make(), stream, [stream.length])).toEqual(expected)
        expect(read(make(), stream, sizes)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('that are cut off, or without a time, are errors', () => {
    const whole = encode([[1, 2, 3]])
    const end = whole.lastIndexOf('ts')
    const nothing = { value: () => {} }
    expect(() => make().scan(whole, 0, end, nothing)).toThrow(MarkError)
    const renamed = Buffer.from(whole)
    renamed.write('tz', end)
    expect(() => make().scan(renamed, 0, renamed.length, nothing)).toThrow(MarkError)
  })

  test('behind the end of a frame are not read', () => {
    const two = Buffer.concat([encode([[1, 2, 3]]), encode([[4, 5, 6]])])
    expect(make().scan(two, 0, two.length / 2, { value: () => {} })).toBe(1)
  })

  test('have ages within what a tally takes', () => {
    const scanner = make()
    const bytes = encode([[1, 2, 0]])
    const ages: number[] = []
    const sink = { value: (_topic: number, _count: number, ageUs: number) => ages.push(ageUs) }
    for (const nowMs of [NOW_MS - 1, NOW_MS + 1.5, NOW_MS + 1e9]) {
      scanner.readAt(nowMs * 1_000)
      scanner.scan(bytes, 0, bytes.length, sink)
    }
    expect(ages).toEqual([0, 1_500, AGE_US_MAX])
  })
})

test('a payload as the publisher wrote it has its mark', () => {
  const bytes = Buffer.from(payloadOf(7, 42, NOW_MS))
  const seen: number[][] = []
  const scanner = new JsonScanner()
  scanner.readAt(NOW_MS * 1_000)
  scanner.scan(bytes, 0, bytes.length, { value: (...one) => seen.push(one) })
  expect(seen).toEqual([[7, 42, 0]])
})

test.each([
  { why: 'a fragment', bytes: frame('x', { isFinal: false, isMasked: false }) },
  { why: 'a masked frame', bytes: frame('x') },
  { why: 'a compressed frame', bytes: Buffer.from([0xc1, 1, 0x78]) },
])('$why is refused', ({ bytes }) => {
  const parser = new FrameParser({ data: () => {}, ping: () => {}, close: () => {} })
  expect(() => parser.feed(bytes, bytes.length)).toThrow(FrameError)
})

test('a pong is masked, and says what the ping said', () => {
  const ping = Buffer.from('..123..')
  const pong = pongFrame(ping, 2, 5)
  expect([...pong.subarray(0, 2)]).toEqual([0x8a, 0x80 | 3])
  const unmasked = pong.subarray(6).map((byte, i) => byte ^ pong[2 + i]!)
  expect(Buffer.from(unmasked).toString()).toBe('123')
})

function read(scanner: MarkScanner, stream: Buffer, sizes: readonly number[]) {
  const values: Seen[] = []
  let pings = 0
  scanner.readAt(NOW_MS * 1_000)
  const sink = { value: (...one: [number, number, number]) => void values.push(one) }
  const parser = new FrameParser({
    data: (bytes, from, to) => void scanner.scan(bytes, from, to, sink),
    ping: () => void pings++,
    close: () => {},
  })
  // One buffer for all reads, and full of what was there before, as in a receiver.
  const buffer = Buffer.alloc(Math.max(...sizes, 1), asJson([[999, 1, 1]]))
  for (let at = 0, i = 0; at < stream.length; i++) {
    const length = stream.copy(buffer, 0, at, at + sizes[i % sizes.length]!)
    parser.feed(buffer, length)
    at += length
  }
  return { values, pings }
}

function bytesOf({ values, isPing }: Written, encode: (data: readonly Seen[]) => Buffer): Buffer {
  if (isPing) return frame('17', { opcode: 9, isMasked: false })
  return frame(encode(values), { opcode: 2, isMasked: false })
}

function messages(values: readonly Seen[]): object[] {
  return values.map(([topic, count, agoUs], i) => {
    const data = JSON.parse(payloadOf(topic, count, NOW_MS - agoUs / 1_000)) as object
    // Some whole, some only what changed.
    const { mark, ts } = data as { mark: string; ts: number }
    return { type: 'full', topic: 'a:b', seq: i + 1, data: i % 2 === 0 ? data : { mark, ts } }
  })
}

function asJson(values: readonly Seen[]): Buffer {
  return Buffer.from(JSON.stringify(messages(values)))
}

function asMsgpack(values: readonly Seen[]): Buffer {
  return Buffer.from(pack(messages(values)))
}
