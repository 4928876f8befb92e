/**
 * One lane over a simulated link: real market, flush, lane and credit, a virtual clock, and the figures of the run.
 */
import { DEFAULT_DIALECT } from '../../src/protocol/dialects.ts'
import { Fanout, Peer, TICK_MS } from './fanout.ts'
import { type Link, LinkOutlet } from './link-simulator.ts'

/** As in design: 270 kB/s over 200 topics, each message some 135 bytes. */
const TOPICS = 200
const UPDATES_PER_S = 2_000
const MESSAGE_PAD = 'x'.repeat(60)
export const SETTLE_MS = 5_000
/** How long a run is unless it says otherwise. */
export const RUN_MS = 60_000

export interface RunOptions {
  readonly durationMs?: number
  /** The server's own event loop stands still. */
  readonly isPaused?: (atMs: number) => boolean
  readonly isTraced?: boolean
  readonly hasCredit?: boolean
}

export interface Age {
  readonly atMs: number
  readonly ageMs: number
}

/** What happened after the first SETTLE_MS. */
export interface Figures {
  /** Of every value that was read. */
  readonly ages: readonly Age[]
  /** Of what the link could carry, or of what was offered where that is less. */
  readonly usedPart: number
  readonly superseded: number
  readonly holds: number
  readonly windowBytesAtSettle: number
  readonly windowBytesLeast: number
  readonly windowBytes: number
  readonly probes: number
  readonly peer: Peer
}

/** Runs one lane over a link. Everything before SETTLE_MS counts for nothing. */
export function runLink(link: Link, options: RunOptions = {}): Figures {
  const { durationMs = RUN_MS, isPaused = () => false, hasCredit = true } = options
  const fanout = new Fanout(hasCredit)
  const outlet = new LinkOutlet(link, randomBy(7))
  const peer = new Peer(fanout, fanout.lane(DEFAULT_DIALECT, outlet))
  // As a session does: the greeting is small, and its probe sees the link bare.
  fanout.flush.reply(peer.lane, peer.lane.dialect.encode({ type: 'heartbeat', at: 0 }))
  for (let i = 0; i < TOPICS; i++) peer.join(`t:${i}`)
  const tally = new Tally(peer, fanout)
  let published = 0
  for (let nowMs = 1; nowMs <= durationMs; nowMs++) {
    for (const { bytes, ageMs } of outlet.step(nowMs)) tally.read(nowMs, bytes, ageMs)
    tally.could(nowMs, Math.min(link.kilobitsPerS(nowMs) / 8, OFFERED_BYTES_PER_MS))
    if (isPaused(nowMs)) continue
    fanout.nowMs = nowMs
    for (const number of outlet.answers()) fanout.flush.answered(peer.lane, number)
    for (; published < (nowMs * UPDATES_PER_S) / 1_000; published++) {
      fanout.update(`t:${published % TOPICS}`, { pad: MESSAGE_PAD, n: published })
    }
    if (nowMs % TICK_MS === 0) fanout.tick()
    fanout.endTurn()
    if (options.isTraced && nowMs % 100 === 0) trace(nowMs, peer)
  }
  return tally.figures(outlet.probeCount)
}

/** What happened after SETTLE_MS. */
class Tally {
  private readonly peer: Peer
  private readonly fanout: Fanout
  private readonly ages: Age[] = []
  private readBytes = 0
  private couldBytes = 0
  private before = { superseded: 0, holds: 0, windowBytes: 0 }
  private windowBytesLeast = Number.POSITIVE_INFINITY

  constructor(peer: Peer, fanout: Fanout) {
    this.peer = peer
    this.fanout = fanout
  }

  read(nowMs: number, bytes: Uint8Array, ageMs: number): void {
    const count = this.peer.receive(bytes)
    if (nowMs <= SETTLE_MS) return
    this.readBytes += bytes.length
    for (let i = 0; i < count; i++) this.ages.push({ atMs: nowMs, ageMs })
  }

  could(nowMs: number, bytes: number): void {
    if (nowMs === SETTLE_MS) this.before = this.present()
    if (nowMs <= SETTLE_MS) return
    this.couldBytes += bytes
    this.windowBytesLeast = Math.min(this.windowBytesLeast, this.present().windowBytes)
  }

  figures(probes: number): Figures {
    const { superseded, holds, windowBytes } = this.present()
    return {
      ages: this.ages,
      usedPart: this.readBytes / this.couldBytes,
      superseded: superseded - this.before.superseded,
      holds: holds - this.before.holds,
      windowBytesAtSettle: this.before.windowBytes,
      windowBytesLeast: this.windowBytesLeast,
      windowBytes,
      probes,
      peer: this.peer,
    }
  }

  private present() {
    const { lane } = this.peer
    return {
      superseded: lane.supersededCount,
      holds: this.fanout.counters.holds.credit,
      windowBytes: lane.credit?.window.bytes ?? 0,
    }
  }
}

/** The bytes of one update's message, times the rate. */
const OFFERED_BYTES_PER_MS =
  (JSON.stringify({ type: 'full', topic: 't:100', seq: 300, data: { pad: MESSAGE_PAD, n: 60_000 } })
    .length *
    UPDATES_PER_S) /
  1_000

/** A quantile of the ages of what was read from `fromMs` on, at the times that are in; NaN where nothing was. */
export function ageMs(
  { ages }: Figures,
  part: number,
  {
    fromMs = SETTLE_MS,
    isIn = () => true,
  }: { fromMs?: number; isIn?: (atMs: number) => boolean } = {},
): number {
  const sorted = ages
    .filter(({ atMs }) => atMs > fromMs && isIn(atMs))
    .map(({ ageMs }) => ageMs)
    .sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

function trace(nowMs: number, { lane }: Peer): void {
  if (lane.credit === null) return
  const { window, inFlightBytes } = lane.credit
  const { bytes, rttMs, rttMinMs, bytesPerMs } = window
  const figures = [bytes, inFlightBytes, rttMs, rttMinMs, bytesPerMs * 1_000].map(Math.round)
  console.log(nowMs, 'window, in flight, rtt, least, B/s:', ...figures, lane.hold)
}

/** Small, and the same everywhere: a run must be repeatable. */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
