/**
 * The Outlet contract (src/fanout/outlet.ts), for the real outlet and for the tests' own.
 */
import { describe, expect, test } from 'vitest'
import { BUFFERED, DROPPED, NO_PROBE, type Outlet, SENT } from '../../src/fanout/outlet.ts'
import { closeCodeOf, FAULT_NAMES } from '../../src/protocol/faults.ts'
import { eventually } from '../support/eventually.ts'

/** What reads at the other end. */
export interface OutletPeer {
  /** Stops reading; what is sent piles up. */
  pause(): void
  /** Reads again. */
  resume(): void
  /** What was read since the start, in order. */
  readonly frames: readonly Uint8Array[]
  /** The code it was closed with; null while it is open. */
  readonly closeCode: number | null
}

export interface OutletRig {
  readonly outlet: Outlet
  readonly peer: OutletPeer
  /** The probes that the peer has answered, in the order of its answers. */
  readonly answers: () => readonly number[]
  /** So many bytes may wait in this process before frames are dropped. */
  readonly limitBytes: number
}

const FRAME_BYTES = 12 * 1024
/** More than any kernel takes, and any outlet's limit. */
const FRAMES_MAX = 8_000
const CLOSING = FAULT_NAMES.filter((name) => closeCodeOf(name) !== null)

export function outletContract(name: string, make: () => Promise<OutletRig>): void {
  describe(`outlet ${name}`, () => {
    test('sends frames in order, copied when send() returns', async () => {
      const { outlet, peer } = await make()
      const scratch = new Uint8Array(100)
      for (let i = 0; i < 50; i++) {
        scratch.fill(i)
        expect(outlet.send(scratch.subarray(0, i + 1), NO_PROBE)).toBe(SENT)
      }
      scratch.fill(255)
      await eventually(() => peer.frames.length === 50)
      peer.frames.forEach((frame, i) => {
        expect([...frame]).toEqual(new Array(i + 1).fill(i))
      })
    })

    test('says BUFFERED when a frame waits here, and counts the bytes until they are gone', async () => {
      const { outlet, peer } = await make()
      expect(outlet.backlogBytes()).toBe(0)
      peer.pause()
      const count = sendUntil(outlet, BUFFERED)
      expect(outlet.backlogBytes()).toBeGreaterThan(0)
      peer.resume()
      await eventually(() => peer.frames.length === count)
      await eventually(() => outlet.backlogBytes() === 0)
      expect(numbers(peer)).toEqual(upTo(count))
      expect(outlet.send(numbered(count), NO_PROBE)).toBe(SENT)
      await eventually(() => peer.frames.length === count + 1)
    })

    test('says DROPPED beyond its limit, of frames that then never arrive', async () => {
      const { outlet, peer, limitBytes } = await make()
      peer.pause()
      const count = sendUntil(outlet, DROPPED) - 1
      expect(outlet.backlogBytes()).toBeGreaterThan(limitBytes)
      expect(outlet.backlogBytes()).toBeLessThan(limitBytes + 2 * FRAME_BYTES)
      expect(outlet.send(numbered(0xffff), NO_PROBE)).toBe(DROPPED)
      peer.resume()
      await eventually(() => peer.frames.length === count && outlet.backlogBytes() === 0)
      expect(outlet.send(numbered(count), NO_PROBE)).toBe(SENT)
      await eventually(() => peer.frames.length > count)
      expect(numbers(peer)).toEqual(upTo(count + 1))
    })

    test.each(CLOSING)('close(%s) gives the peer the code of the fault', async (fault) => {
      const { outlet, peer } = await make()
      outlet.close(fault)
      await eventually(() => peer.closeCode !== null)
      expect(peer.closeCode).toBe(closeCodeOf(fault))
    })

    test('close() comes after what was sent before, a backlog included', async () => {
      const { outlet, peer } = await make()
      peer.pause()
      const count = sendUntil(outlet, BUFFERED)
      outlet.close('slow_reader')
      peer.resume()
      await eventually(() => peer.frames.length === count && peer.closeCode !== null)
      expect(numbers(peer)).toEqual(upTo(count))
      expect(peer.closeCode).toBe(closeCodeOf('slow_reader'))
    })

    test('close() may be repeated, and the first counts', async () => {
      const { outlet, peer } = await make()
      outlet.close('restart')
      outlet.close('slow_reader')
      await eventually(() => peer.closeCode !== null)
      outlet.close('slow_reader')
      expect(peer.closeCode).toBe(closeCodeOf('restart'))
    })

    test('drops what is sent after close(), and owes nothing', async () => {
      const { outlet, peer } = await make()
      outlet.send(numbered(0), NO_PROBE)
      outlet.close('restart')
      expect(outlet.send(numbered(1), NO_PROBE)).toBe(DROPPED)
      expect(outlet.backlogBytes()).toBe(0)
      await eventually(() => peer.closeCode !== null)
      expect(outlet.send(numbered(2), NO_PROBE)).toBe(DROPPED)
      expect(numbers(peer)).toEqual([0])
    })

    test('a probe is answered when everything before it has been read', async () => {
      const { outlet, peer, answers } = await make()
      outlet.send(numbered(0), 7)
      outlet.probe(8)
      await eventually(() => peer.frames.length === 1 && answers().length === 2)
      peer.pause()
      const count = sendUntil(outlet, BUFFERED)
      outlet.probe(9)
      outlet.send(numbered(count), 10)
      expect(answers()).toEqual([7, 8])
      peer.resume()
      await eventually(() => answers().length === 4)
      expect(peer.frames.length).toBe(count + 2)
      expect(answers()).toEqual([7, 8, 9, 10])
      outlet.close('restart')
      outlet.probe(11)
    })

    test('a frame with a probe tells of the backlog as one without does', async () => {
      const { outlet, peer, limitBytes } = await make()
      expect(outlet.send(numbered(0), 1)).toBe(SENT)
      peer.pause()
      let outcome: number = SENT
      for (let i = 0; i < FRAMES_MAX && outcome === SENT; i++) outcome = outlet.send(numbered(i), 2)
      expect(outcome).toBe(BUFFERED)
      for (let i = 0; i < FRAMES_MAX && outcome === BUFFERED; i++)
        outcome = outlet.send(numbered(i), 3)
      expect(outcome).toBe(DROPPED)
      expect(outlet.backlogBytes()).toBeLessThan(limitBytes + 2 * FRAME_BYTES)
    })
  })
}

/** Sends numbered frames until one of them has this outcome; returns how many were sent. */
function sendUntil(outlet: Outlet, outcome: typeof BUFFERED | typeof DROPPED): number {
  for (let i = 0; i < FRAMES_MAX; i++)
    if (outlet.send(numbered(i), NO_PROBE) === outcome) return i + 1
  throw new Error('everything was taken')
}

function numbered(number: number): Uint8Array {
  const frame = Buffer.alloc(FRAME_BYTES)
  frame.writeUInt32BE(number)
  return frame
}

function numbers({ frames }: OutletPeer): number[] {
  return frames.map((frame) => Buffer.from(frame).readUInt32BE())
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
