/**
 * Window: how many bytes a link can usefully hold, learnt from how long probes take. Pure. @hot
 *
 * It aims at a small standing queue in front of the reader, as LEDBAT does, and gets there by a model of the link, as
 * BBR does: delivery rate x (least round trip + aim). Once a round (a window's worth of acknowledgements) it looks at
 * the round's least queueing delay: that is the queue which stands, where a single probe also sees jitter, bursts and
 * the frame it travels behind. docs/architecture.md tells what was tried, and what each rule is there for.
 */

/** What one answered probe says. */
export interface Sample {
  nowMs: number
  /** Round trip without the pauses of our own event loop. */
  rttMs: number
  /** With them: never less than the distance, whenever the pause was. */
  rawRttMs: number
  /** The rate at which bytes were acknowledged while the probe was on its way. */
  bytesPerMs: number
  /** The lane had more to send than its credit allowed meanwhile. */
  isLimited: boolean
  /** Our own event loop paused meanwhile. */
  isPaused: boolean
  /** That, or a drain stopped the stream: the sample may raise the rate or the window, never lower them. */
  isDisturbed: boolean
  /** Sent into a link that had been left to drain: its round trip is the distance, whatever was believed before. */
  isBase: boolean
  /** What the probe travelled right behind: the time that this takes is no queue. */
  ownBytes: number
  /** The most that was in flight since the last sample. */
  inFlightBytes: number
  /** All that has been acknowledged so far. */
  ackedBytes: number
  /** Whether all that was sent before the round began has been acknowledged since. */
  endsRound: boolean
}

/** One to fill. */
export function emptySample(): Sample {
  return {
    nowMs: 0,
    rttMs: 0,
    rawRttMs: 0,
    bytesPerMs: 0,
    isLimited: false,
    isPaused: false,
    isDisturbed: false,
    isBase: false,
    ownBytes: 0,
    inFlightBytes: 0,
    ackedBytes: 0,
    endsRound: false,
  }
}

export interface WindowSettings {
  readonly laneDelayMs: number
  readonly windowBytesMin: number
  readonly windowBytesMax: number
}

/** As TCP's initial window: what a link that nothing is known of is trusted with. */
export const WINDOW_BYTES_START = 16 * 1024
/** A lane that does not use its window keeps this much of it, or twice what it had in flight. */
const WINDOW_BYTES_IDLE = 32 * 1024
const IDLE_PERIOD_MS = 1_000
/** The window is used in so many pieces: small ones make a smooth stream, and early answers. */
const PIECES = 8
const PIECE_BYTES_MIN = 512
/**
 * A lane that never waits is probed each half window. More often would find a collapsing link sooner, and cost each
 * fast client more: a probe and its answer cost as much as a frame.
 */
const UNLIMITED_PIECES = 4
/** Or each three quarters, where the answer comes before the rest is spent: on a link so near, as a part of laneDelayMs. */
const NEAR_PIECES = 6
const NEAR_PART = 1 / 8
/** The standing queue aimed at, as a part of laneDelayMs; the rest is for a frame's own length, and jitter. */
const AIM_PART = 0.65
/** A frame's own length is taken out of a round trip up to so many laneDelayMs. */
const OWN_DELAYS = 2
/** Below this part of the aim, the queue is taken for empty at times: the link could carry more. */
const EMPTY_PART = 0.3
/** Growth a round while the rate still grows with the window, and once it does not. */
const OPENING = 2
const PROBING = 1.1
/** By how much the rate must have grown in a round to be called growing. */
const GROWING = 1.2
/** Once the link is known, a round changes the window by no more than these. */
const CHANGE_LEAST = 0.7
const CHANGE_MOST = 1.5
/** The rate is the best of so many samples: about a window's worth. */
const RATE_SAMPLES = 6

export class Window {
  bytes = WINDOW_BYTES_START
  /** The size of the pieces in which the window is used. */
  pieceBytes = WINDOW_BYTES_START / PIECES
  rttMs = Number.NaN
  /** Least round trip: the distance. Infinity before the first answer. */
  rttMinMs = Number.POSITIVE_INFINITY
  bytesPerMs = 0
  /** When a round trip near the least was last seen. */
  rttMinSeenAtMs: number
  private readonly settings: WindowSettings
  /** The standing queue that is wanted. */
  private readonly aimMs: number
  private readonly rates: number[] = Array.from({ length: RATE_SAMPLES }, () => 0)
  private rateCount = 0
  private roundQueueMs = Number.POSITIVE_INFINITY
  private roundIsLimited = false
  private roundIsDisturbed = false
  private roundBytesPerMs = 0
  private roundAckedBytes = 0
  private idleSinceMs: number
  private idlePeakBytes = 0
  private idleAckedBytes = 0

  constructor(settings: WindowSettings, nowMs: number) {
    this.settings = settings
    this.aimMs = AIM_PART * settings.laneDelayMs
    this.rttMinSeenAtMs = nowMs
    this.idleSinceMs = nowMs
  }

  /** After so many bytes a lane that never waits is probed. */
  get probeBytes(): number {
    const isNear = this.rttMs < NEAR_PART * this.settings.laneDelayMs
    return (isNear ? NEAR_PIECES : UNLIMITED_PIECES) * this.pieceBytes
  }

  take(sample: Sample): void {
    const { rttMs, isPaused } = sample
    this.rttMs = rttMs
    // A pause that ended before the answer came took no time from it: then what is left is less than the distance.
    const surelyMs = isPaused ? sample.rawRttMs : rttMs
    if ((sample.isBase && !isPaused) || surelyMs < this.rttMinMs) this.rttMinMs = surelyMs
    if (rttMs <= this.rttMinMs * 1.05 + 1) this.rttMinSeenAtMs = sample.nowMs
    this.learnRate(sample)
    // Bounded, since while the link is not known yet its rate may be far too low.
    const ownMs = Math.min(
      sample.ownBytes / this.bytesPerMs,
      OWN_DELAYS * this.settings.laneDelayMs,
    )
    const queueMs = rttMs - this.rttMinMs - ownMs
    this.roundQueueMs = Math.min(this.roundQueueMs, queueMs)
    this.roundIsLimited ||= sample.isLimited
    this.roundIsDisturbed ||= sample.isDisturbed
    this.idlePeakBytes = Math.max(this.idlePeakBytes, sample.inFlightBytes)
    if (sample.isLimited && !sample.isDisturbed) this.shrink(sample, queueMs)
    if (sample.endsRound) this.endRound(sample)
  }

  private learnRate({ bytesPerMs, isLimited, isDisturbed }: Sample): void {
    // An app-limited lane's rate says how much it had to send, which is no less than the link can carry.
    if (bytesPerMs <= this.bytesPerMs && (!isLimited || isDisturbed)) return
    this.rates[this.rateCount++ % RATE_SAMPLES] = bytesPerMs
    let best = 0
    for (const rate of this.rates) if (rate > best) best = rate
    this.bytesPerMs = best
  }

  /** At once, not at the round's end: the link has become slower than anything that was learnt of it. */
  private shrink({ bytesPerMs }: Sample, queueMs: number): void {
    if (queueMs <= 2 * this.settings.laneDelayMs) return
    this.set(Math.min(this.bytes, bytesPerMs * (this.rttMinMs + this.aimMs)))
  }

  private endRound(sample: Sample): void {
    if (!this.roundIsLimited) this.relax(sample)
    else if (!this.roundIsDisturbed) this.steer(sample.ackedBytes - this.roundAckedBytes)
    this.roundBytesPerMs = this.bytesPerMs
    this.roundAckedBytes = sample.ackedBytes
    this.roundQueueMs = Number.POSITIVE_INFINITY
    this.roundIsLimited = false
    this.roundIsDisturbed = false
  }

  private steer(ackedBytes: number): void {
    const { bytes, aimMs } = this
    const model = this.bytesPerMs * (this.rttMinMs + aimMs)
    if (this.roundQueueMs < aimMs * EMPTY_PART) {
      const isGrowing = this.bytesPerMs > this.roundBytesPerMs * GROWING
      const growth = bytes * (isGrowing ? OPENING : PROBING) - bytes
      // Only what has been carried says that more can be; and a reader that catches up after a stall reads faster
      // than its link, so the model is not taken at its word.
      this.set(Math.max(Math.min(model, bytes * CHANGE_MOST), bytes + Math.min(growth, ackedBytes)))
    } else if (this.roundQueueMs <= aimMs) {
      this.set(Math.max(bytes, Math.min(model, bytes * CHANGE_MOST)))
    } else {
      // With a queue all the time, the link was used all the time: now the rate is its own.
      this.set(Math.max(bytes * CHANGE_LEAST, Math.min(model, bytes)))
    }
  }

  /** A window that is not needed is not kept: should the link become slow, all of it would be late. */
  private relax({ nowMs, ackedBytes }: Sample): void {
    // Nor stays one small that a stall had made so: without a queue the lane is trusted as a new one is. With more
    // only where it had half of that in flight: a greeting's answer says nothing of how much the link can carry.
    const trusted = Math.max(
      WINDOW_BYTES_START,
      Math.min(WINDOW_BYTES_IDLE, 2 * this.idlePeakBytes),
    )
    if (this.bytes < trusted && this.roundQueueMs < this.aimMs * EMPTY_PART) {
      this.set(Math.min(trusted, this.bytes * OPENING))
    }
    const elapsedMs = nowMs - this.idleSinceMs
    if (elapsedMs < IDLE_PERIOD_MS) return
    const carriedBytesPerMs = (ackedBytes - this.idleAckedBytes) / elapsedMs
    // Smaller than what is carried in the time that values may take, it would only cost probes.
    const used = carriedBytesPerMs * (this.rttMinMs + this.settings.laneDelayMs)
    const enough = Math.max(WINDOW_BYTES_IDLE, used, this.idlePeakBytes * 2)
    if (enough < this.bytes) this.set(Math.max(enough, this.bytes / 2))
    else if (this.bytes < used) this.set(Math.min(used, this.bytes * OPENING))
    this.idleSinceMs = nowMs
    this.idlePeakBytes = 0
    this.idleAckedBytes = ackedBytes
  }

  private set(bytes: number): void {
    const { windowBytesMin, windowBytesMax } = this.settings
    this.bytes = Math.min(windowBytesMax, Math.max(windowBytesMin, bytes))
    this.pieceBytes = Math.max(PIECE_BYTES_MIN, this.bytes / PIECES)
  }
}
