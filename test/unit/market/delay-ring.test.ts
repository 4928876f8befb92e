/**
 * Delay ring: goal: what went in comes out, in order and byte by byte, and the books are right. Method: the ring
 * against a plain array, with records that fit a chunk many times, hardly, and not at all.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_BYTES, DelayRing, ENTRY_BYTES } from '../../../src/market/delay-ring.ts'

const aLength = fc.oneof(fc.nat(300), fc.integer({ min: CHUNK_BYTES - 40, max: CHUNK_BYTES + 40 }))
const aPush = fc.tuple(aLength, fc.boolean())
const anAct = fc.oneof({ weight: 3, arbitrary: aPush }, { weight: 2, arbitrary: fc.constant(null) })

test('what goes in comes out in order', () => {
  const property = fc.property(fc.array(anAct, { maxLength: 60 }), (acts) => {
    const ring = new DelayRing()
    const model: { atMs: number; text: string }[] = []
    let pushed = 0
    for (const act of acts) {
      if (act !== null) {
        const [length, isText] = act
        const text = isText ? 'é'.repeat(length / 2) : 'a'.repeat(length)
        pushed++
        const took = ring.push(
          pushed / 2,
          pushed,
          2 ** 52 + pushed,
          Number.NaN,
          isText ? text : Buffer.from(text),
        )
        expect(took).toBe(ENTRY_BYTES + Buffer.byteLength(text))
        model.push({ atMs: pushed / 2, text })
      } else if (model.length > 0) {
        const { atMs, text } = model.shift()!
        const { topic, version, asOfMs, record } = ring.shift()
        expect([topic, version, asOfMs]).toEqual([2 * atMs, 2 ** 52 + 2 * atMs, Number.NaN])
        expect(Buffer.from(record).equals(Buffer.from(text))).toBe(true)
      }
      const bytes = model.map(({ text }) => ENTRY_BYTES + Buffer.byteLength(text))
      expect(ring.bytes).toBe(bytes.reduce((sum, one) => sum + one, 0))
      expect(ring.oldestAtMs).toBe(model[0]?.atMs ?? Number.POSITIVE_INFINITY)
    }
  })
  fc.assert(property, { numRuns: 200 })
})
