/**
 * Drain: how the clients of a server that ends are sent away: in random order, spread over a time. Each is told at once
 * when to open its next connection, reads prices all the while, and is closed only if it is still there a while later.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Flush } from '../fanout/flush.ts'
import type { Lane } from '../fanout/lane.ts'
import type { Registry } from '../fanout/registry.ts'

/** How often it is looked who is to be closed, and whether anybody is left. */
const LOOK_MS = 25
/** Telling ten thousand at once would hold up prices for a third of a second. */
const TOLD_A_TURN = 250
/** Where nobody is given any time: when clients are to come back from the close that follows at once. */
const AT_ONCE_MS: Stretch = [500, 5_000]
/**
 * What a client that does what it is told has, to open its next connection and to get its values there: some round trips,
 * of which a slow link has few in a second. Part of the drain's time.
 */
const LINGER_MS_MAX = 5_000
const LINGER_PART = 0.2

/** From and to, ms from the drain's beginning. */
export type Stretch = readonly [fromMs: number, toMs: number]

export interface DrainPorts {
  readonly registry: Registry
  readonly flush: Flush
  /** From 0 to below 1. */
  readonly random: () => number
}

/**
 * Cuts a window into as many stretches as there are clients, of whole ms, without gaps, and deals them out in random
 * order: so clients that come back come evenly, whatever they have in common. Returned in the order of their stretches.
 */
export function planOf<Client>(
  clients: Iterable<Client>,
  windowMs: number,
  random: () => number,
): { readonly client: Client; readonly stretch: Stretch }[] {
  const all = shuffled([...clients], random)
  const borderMs = (index: number) => Math.floor((index * windowMs) / all.length)
  return all.map((client, i) => ({ client, stretch: [borderMs(i), borderMs(i + 1)] }))
}

/** A client that has been told to go, and when it is closed if it does not, by the clock of the flush. */
interface Told {
  readonly lane: Lane
  readonly closeAtMs: number
}

export class Drain {
  private readonly ports: DrainPorts
  /** In the order in which they are closed. */
  private readonly told: Told[] = []
  private closedCount = 0
  private beganMs = 0
  private windowMs = 0
  private lingerMs = 0

  constructor(ports: DrainPorts) {
    this.ports = ports
  }

  /**
   * Sends everybody away; nobody may come any more. Resolves when nobody is left, after `drainMs` at the latest. 0: closes
   * all at once.
   */
  async run(drainMs: number): Promise<void> {
    const { registry, flush, random } = this.ports
    this.beganMs = flush.nowMs()
    this.lingerMs = Math.min(LINGER_MS_MAX, Math.round(drainMs * LINGER_PART))
    this.windowMs = drainMs - this.lingerMs
    const plan = planOf(registry.lanes, this.windowMs, random)
    for (const [i, { client, stretch }] of plan.entries()) {
      if (i % TOLD_A_TURN === TOLD_A_TURN - 1) await nextTurn()
      this.tell(client, stretch)
    }
    const { lanes } = registry
    const isOver = () => lanes.size === 0 || flush.nowMs() - this.beganMs > drainMs
    this.look()
    while (!isOver()) {
      await sleep(LOOK_MS)
      this.look()
    }
  }

  /** Closes those whose time is over. */
  private look(): void {
    const nowMs = this.ports.flush.nowMs()
    const { told } = this
    while (this.closedCount < told.length && told[this.closedCount]!.closeAtMs <= nowMs) {
      told[this.closedCount++]!.lane.outlet.close('restart')
    }
  }

  /** The time since the beginning is taken off: a client counts from when it is told. */
  private tell(lane: Lane, [fromMs, toMs]: Stretch): void {
    const { flush } = this.ports
    const elapsedMs = flush.nowMs() - this.beganMs
    const left = (ms: number) => Math.max(0, Math.round(ms - elapsedMs))
    const reconnectMs = this.windowMs === 0 ? AT_ONCE_MS : ([left(fromMs), left(toMs)] as const)
    this.told.push({ lane, closeAtMs: this.beganMs + toMs + this.lingerMs })
    flush.reply(lane, lane.dialect.encode({ type: 'goaway', reason: 'restart', reconnectMs }))
  }
}

/** Fisher and Yates's. */
function shuffled<T>(list: T[], random: () => number): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[list[i], list[j]] = [list[j]!, list[i]!]
  }
  return list
}
