/**
 * Credit: how many bytes a lane may send now. Pure: time is an argument, in ms of a clock that never steps. @hot
 *
 * The kernel takes megabytes before a socket says that it is full, so the lane itself bounds the age of what it sends:
 * it puts probes (WebSocket pings) among its data, which any client answers in order, and has no more in flight than
 * its window (window.ts). What is pending meanwhile is superseded by newer values instead of growing old in buffers.
 * Holds: while a lane has no room, a probe is on its way whose answer makes some, or a drain ends by itself.
 */
import { type Probe, Probes } from './probes.ts'
import { emptySample, Window, type WindowSettings } from './window.ts'

export type CreditSettings = WindowSettings

/** A frame stays below this; uWebSockets.js stalls on sends of 16 KiB and more from its drain handler. */
export const FRAME_BYTES_MAX = 12 * 1024

/** Probes on their way at a time: more would say nothing new. */
const PROBES_MAX = 16
/** What was sent is probed at the latest with the first frame after this time. */
const PROBE_INTERVAL_MS = 1_000
/** If it was this much; less, after the longer time: shorter than a heartbeat, so that each of those is probed. */
const PROBE_BYTES_MIN = 8 * 1024
const PROBE_INTERVAL_MS_MAX = 4_000
/** A lane that is always limited never sees its distance bare, so from time to time it lets the link drain. */
const DRAIN_INTERVAL_MS = 10_000
/** And not more often than this many round trips, of which it costs a part of one. */
const DRAIN_INTERVAL_RTTS = 20
/** A lane that had to wait so lately sends small pieces: bursts would be the queue that it wants to avoid. */
const LIMITED_LATELY_MS = 1_000

/**
 * Pauses are taken out of a round trip; beyond this part of it, what is left is not to be believed. Not any pause: our
 * own timer is always late by a little, and where every sample is disturbed no window ever shrinks.
 */
const DISTURBING_PART = 0.1

/** Below the grain of the clock and the loop, a round trip says nothing. */
const RTT_MS_MIN = 0.1

/** Filled anew for each answer. */
const sample = emptySample()

export class Credit {
  /** What of the grant is left. */
  private grantBytes = 0
  /** The largest frame that it goes for: behind a larger one, a probe may be due. */
  private grantFrameBytes = 0
  /** When the grant ends; whole ms. */
  private grantEndMs = 0
  private grantedBytes = 0
  readonly window: Window
  private readonly laneDelayMs: number
  private readonly probes = new Probes()
  private lastNumber = 0
  /** All that has been sent, but for what the present grant was spent on. */
  private sentBeforeBytes = 0
  private lastFrameBytes = 0
  private ackedBytes = 0
  private ackedAtMs: number
  private probedBytes = 0
  private probedAtMs = Number.NEGATIVE_INFINITY
  private limitedAtMs = Number.NEGATIVE_INFINITY
  private roundEndBytes = 0
  private drainUntilMs = Number.NEGATIVE_INFINITY
  /** A drain was begun, and the probe that measures the empty link has not been sent. */
  owesBaseProbe = false
  private baseNumber = 0

  constructor(settings: WindowSettings, nowMs: number) {
    this.window = new Window(settings, nowMs)
    this.laneDelayMs = settings.laneDelayMs
    this.ackedAtMs = nowMs
  }

  private get sentBytes(): number {
    return this.sentBeforeBytes + this.grantedBytes - this.grantBytes
  }

  /** Bytes sent that no answer has confirmed yet. */
  get inFlightBytes(): number {
    return this.sentBytes - this.ackedBytes
  }

  /** How long the oldest probe has waited for its answer, our own pauses aside; 0 where none is on its way. */
  unansweredMs(nowMs: number, pausedMs: number): number {
    const { oldest } = this.probes
    return oldest === null ? 0 : nowMs - oldest.atMs - (pausedMs - oldest.pausedMs)
  }

  /**
   * How many bytes the lane's next frame may have; 0: none until a probe is answered or a drain has ended. A message
   * that is larger goes by itself: credit is spent in whole messages. `pausedMs` is the sum of our own loop's pauses.
   */
  roomBytes(nowMs: number, pausedMs: number): number {
    if (nowMs < this.drainUntilMs || nowMs > this.overdueAtMs(pausedMs)) return 0
    const { window } = this
    const free = window.bytes - this.inFlightBytes
    if (free < window.pieceBytes / 2) return 0
    const isLimited = nowMs - this.limitedAtMs < LIMITED_LATELY_MS
    return Math.min(FRAME_BYTES_MAX, isLimited ? window.pieceBytes : free)
  }

  /**
   * Bytes are sent without asking for room, where they were granted in advance: nothing is due before they are spent.
   * False where they were not. `wholeMs` is the time, rounded down. @hot
   */
  spend(bytes: number, wholeMs: number): boolean {
    if (bytes > this.grantBytes || bytes > this.grantFrameBytes) return false
    if (wholeMs >= this.grantEndMs) return false
    this.grantBytes -= bytes
    return true
  }

  /** Bytes have been sent. */
  sent(bytes: number, nowMs: number): void {
    if (this.ackedBytes === this.sentBytes) this.ackedAtMs = nowMs
    this.sentBeforeBytes += bytes
    this.lastFrameBytes = bytes
  }

  /** Grants what may be sent before a probe is due, or anything else has to be decided. Call it behind sent(). */
  grant(nowMs: number, pausedMs: number): void {
    this.revoke()
    const isLimited = nowMs - this.limitedAtMs < LIMITED_LATELY_MS
    const { inFlightBytes } = this
    // The first bytes in flight are noted with their time.
    if (isLimited || this.owesBaseProbe || inFlightBytes === 0) return
    const { bytes, pieceBytes } = this.window
    const unprobedBytes = this.sentBytes - this.probedBytes
    const freeBytes = bytes - inFlightBytes - Math.max(pieceBytes / 2, 2 * this.lastFrameBytes)
    // As wantsProbe() asks for: within the first interval much may be sent, behind it only what makes no probe due.
    const isSoon = nowMs - this.probedAtMs < PROBE_INTERVAL_MS
    const { probeBytes } = this.window
    const dueBytes = isSoon ? probeBytes : Math.min(probeBytes, PROBE_BYTES_MIN)
    const grantedBytes = Math.min(dueBytes - unprobedBytes - 1, freeBytes)
    if (grantedBytes < this.lastFrameBytes) return
    this.grantedBytes = Math.floor(grantedBytes)
    this.grantBytes = this.grantedBytes
    // Two of them still fit when all is spent.
    this.grantFrameBytes = Math.floor((bytes - inFlightBytes - this.grantedBytes) / 2)
    const dueMs = this.probedAtMs + (isSoon ? PROBE_INTERVAL_MS : PROBE_INTERVAL_MS_MAX)
    this.grantEndMs = Math.floor(Math.min(dueMs, this.overdueAtMs(pausedMs)))
  }

  /** The lane had something to send, and no room. */
  limited(nowMs: number): void {
    this.limitedAtMs = nowMs
  }

  /** Whether a probe should follow what has been sent. */
  wantsProbe(nowMs: number): boolean {
    if (this.probes.count === PROBES_MAX) return false
    if (this.owesBaseProbe) return nowMs >= this.drainUntilMs
    const unprobedBytes = this.sentBytes - this.probedBytes
    if (unprobedBytes === 0) return false
    const { bytes, pieceBytes } = this.window
    const isLimited = nowMs - this.limitedAtMs < LIMITED_LATELY_MS
    if (unprobedBytes >= (isLimited ? pieceBytes : this.window.probeBytes)) return true
    const freeBytes = bytes - this.inFlightBytes
    if (freeBytes < pieceBytes / 2) return true
    // Where large frames are far between, what no probe follows would stand against the next ones, read long since.
    if (!isLimited && freeBytes < 2 * this.lastFrameBytes) return true
    const isMuch = unprobedBytes >= PROBE_BYTES_MIN
    return nowMs - this.probedAtMs >= (isMuch ? PROBE_INTERVAL_MS : PROBE_INTERVAL_MS_MAX)
  }

  /** A probe leaves now; returns the number that its answer must carry. */
  probe(nowMs: number, pausedMs: number): number {
    const number = (this.lastNumber % 0xffff_ffff) + 1
    this.lastNumber = number
    if (this.owesBaseProbe && nowMs >= this.drainUntilMs) {
      this.owesBaseProbe = false
      this.baseNumber = number
    }
    const { sentBytes, ackedBytes, ackedAtMs } = this
    const ownBytes = sentBytes - this.probedBytes
    const counters = { sentBytes, ownBytes, ackedBytes, ackedAtMs }
    this.probes.push({ next: null, number, atMs: nowMs, pausedMs, ...counters })
    this.probedBytes = sentBytes
    this.probedAtMs = nowMs
    return number
  }

  /** A probe was answered; false where none with this number is on its way. Answers it and all before it. */
  answered(number: number, nowMs: number, pausedMs: number): boolean {
    const probe = this.probes.take(number)
    if (probe === null) return false
    this.revoke()
    // It only grows between two answers.
    sample.inFlightBytes = this.inFlightBytes
    this.ackedBytes = probe.sentBytes
    this.ackedAtMs = nowMs
    this.describe(probe, nowMs, pausedMs)
    this.window.take(sample)
    this.planDrain(nowMs)
    return true
  }

  /** The brake: from then on an answer is later than the window should ever let it be, whatever the window says. */
  private overdueAtMs(pausedMs: number): number {
    const { oldest } = this.probes
    if (oldest === null) return Number.POSITIVE_INFINITY
    const { rttMinMs, bytesPerMs } = this.window
    const latestMs = rttMinMs + 2 * this.laneDelayMs + oldest.ownBytes / bytesPerMs
    return oldest.atMs + (pausedMs - oldest.pausedMs) + latestMs
  }

  private revoke(): void {
    this.sentBeforeBytes = this.sentBytes
    this.grantedBytes = 0
    this.grantBytes = 0
  }

  private describe(probe: Probe, nowMs: number, pausedMs: number): void {
    const pauseMs = pausedMs - probe.pausedMs
    const rttMs = Math.max(RTT_MS_MIN, nowMs - probe.atMs - pauseMs)
    const ackedMs = Math.max(rttMs, nowMs - probe.ackedAtMs - pauseMs)
    sample.nowMs = nowMs
    sample.rttMs = rttMs
    sample.rawRttMs = Math.max(RTT_MS_MIN, nowMs - probe.atMs)
    sample.bytesPerMs = (probe.sentBytes - probe.ackedBytes) / ackedMs
    sample.isLimited = this.limitedAtMs >= probe.atMs
    sample.isPaused = pauseMs > rttMs * DISTURBING_PART
    // A drain stops the stream for a while, which says nothing of the link either.
    sample.isDisturbed = sample.isPaused || probe.ackedAtMs < this.drainUntilMs
    sample.isBase = probe.number === this.baseNumber
    sample.ownBytes = probe.ownBytes
    sample.ackedBytes = probe.sentBytes
    sample.endsRound = probe.ackedBytes >= this.roundEndBytes
    if (sample.endsRound) this.roundEndBytes = this.sentBytes
  }

  private planDrain(nowMs: number): void {
    if (!sample.isLimited || this.owesBaseProbe) return
    const { window } = this
    const intervalMs = Math.max(DRAIN_INTERVAL_MS, DRAIN_INTERVAL_RTTS * window.rttMinMs)
    if (nowMs - window.rttMinSeenAtMs < intervalMs) return
    window.rttMinSeenAtMs = nowMs
    // As long as the brake ever lets a queue grow.
    this.drainUntilMs = nowMs + 2 * this.laneDelayMs
    this.owesBaseProbe = true
  }
}
