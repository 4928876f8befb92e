/**
 * Link simulator: a link that is only numbers, behind the outlet of a real lane. A FIFO of 4 MB stands for the
 * kernel's buffers; the bandwidth may change, the propagation delay may jitter, and the reader may stall. Time is
 * virtual and moves by the millisecond, so that a run is exact and repeatable.
 */
import { BUFFERED, NO_PROBE, type Outlet, SENT, type SendOutcome } from '../../src/fanout/outlet.ts'

const KERNEL_BYTES = 4 * 1024 * 1024
const PROBE_BYTES = 6

export interface Link {
  /** At a time since the start, in ms. */
  readonly kilobitsPerS: (atMs: number) => number
  readonly rttMs: number
  /** A round trip differs from rttMs by up to so much, either way. */
  readonly jitterMs?: number
  readonly isReading?: (atMs: number) => boolean
}

/** A frame or a probe on its way. */
interface Item {
  readonly bytes: Uint8Array | null
  readonly probe: number
  readonly length: number
  readonly sentAtMs: number
  arrivesAtMs: number
}

/** What a reader got out of the link. */
export interface Delivery {
  readonly bytes: Uint8Array
  readonly ageMs: number
}

export class LinkOutlet implements Outlet {
  readonly address = 'simulated'
  closedBy: string | null = null
  probeCount = 0
  private readonly link: Link
  private readonly random: () => number
  private nowMs = 0
  private queue: Item[] = []
  private queuedBytes = 0
  private headSentBytes = 0
  private flying: Item[] = []
  private lastArrivalMs = 0
  private pongs: { number: number; atMs: number }[] = []
  private lastPongMs = 0

  constructor(link: Link, random: () => number) {
    this.link = link
    this.random = random
  }

  send(bytes: Uint8Array, probe: number): SendOutcome {
    this.put(bytes.slice(), NO_PROBE, bytes.length)
    if (probe !== NO_PROBE) this.probe(probe)
    return this.backlogBytes() > 0 ? BUFFERED : SENT
  }

  probe(number: number): void {
    this.probeCount++
    this.put(null, number, PROBE_BYTES)
  }

  backlogBytes(): number {
    return Math.max(0, this.queuedBytes - KERNEL_BYTES)
  }

  close(fault: string): void {
    this.closedBy ??= fault
  }

  /** Moves the link to the next millisecond; returns what was read in it. */
  step(nowMs: number): Delivery[] {
    this.nowMs = nowMs
    this.transmit()
    const isReading = this.link.isReading?.(nowMs) ?? true
    const read: Delivery[] = []
    while (isReading && this.flying.length > 0 && this.flying[0]!.arrivesAtMs <= nowMs) {
      const { bytes, probe, sentAtMs } = this.flying.shift()!
      if (bytes !== null) read.push({ bytes, ageMs: nowMs - sentAtMs })
      else {
        this.lastPongMs = Math.max(this.lastPongMs, nowMs + this.oneWayMs())
        this.pongs.push({ number: probe, atMs: this.lastPongMs })
      }
    }
    return read
  }

  /** The answers that have come back by now. */
  answers(): number[] {
    const due = this.pongs.filter(({ atMs }) => atMs <= this.nowMs)
    this.pongs = this.pongs.slice(due.length)
    return due.map(({ number }) => number)
  }

  private put(bytes: Uint8Array | null, probe: number, length: number): void {
    this.queue.push({ bytes, probe, length, sentAtMs: this.nowMs, arrivesAtMs: 0 })
    this.queuedBytes += length
  }

  /** A millisecond's worth of the queue leaves. */
  private transmit(): void {
    let budget = this.link.kilobitsPerS(this.nowMs) / 8
    while (this.queue.length > 0 && budget > 0) {
      const item = this.queue[0]!
      const part = Math.min(budget, item.length - this.headSentBytes)
      budget -= part
      this.headSentBytes += part
      this.queuedBytes -= part
      if (this.headSentBytes < item.length - 1e-6) break
      this.headSentBytes = 0
      this.queue.shift()
      this.lastArrivalMs = Math.max(this.lastArrivalMs, this.nowMs + this.oneWayMs())
      item.arrivesAtMs = this.lastArrivalMs
      this.flying.push(item)
    }
  }

  private oneWayMs(): number {
    const { rttMs, jitterMs = 0 } = this.link
    return (rttMs + (this.random() * 2 - 1) * jitterMs) / 2
  }
}
