/**
 * Receiver group: clients of one kind: they join, some leave and come back, and all come back from a server that ends.
 * Next:  receiver.ts
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from './clock.ts'
import { explained } from './connect-error.ts'
import { FrameError } from './frames.ts'
import { AGE_US_MAX, MarkError } from './marks.ts'
import { Moves } from './moves.ts'
import { Receiver, type ReceiverHost, type Totals } from './receiver.ts'
import type { JoinRequest, MoveFigures } from './receivers.ts'
import { Shares } from './shares.ts'
import { Tally } from './tally.ts'
import { dialogueOf } from './wires.ts'

const TICK_MS = 5
/** Handshakes at a time, where the group does not say: a storm of them is a scenario of its own. */
const JOINING_MAX = 50
/** A join that gets no further for so long has failed. */
const STALL_MS = 30_000
/** Within which whoever was disconnected without a word about it comes back, and whoever could not connect tries again. */
const RECONNECT_MS = 5_000
const RETRY_MS = 1_000

/** A client that is connecting, or has not its subscription yet. */
interface Entry {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class ReceiverGroup {
  readonly totals: Totals = { frames: 0, updates: 0, bytes: 0, disorders: 0 }
  /** Of values read since somebody reset it. */
  readonly ages = new Tally()
  /** Since the start. */
  readonly joins = new Tally()
  closed = 0
  reconnects = 0
  connected = 0
  private readonly request: JoinRequest
  private readonly shares: Shares
  private readonly host: ReceiverHost
  /** By client: its present connection, or the last that it had. */
  private readonly receivers: Receiver[] = []
  private readonly entries = new Map<Receiver, Entry>()
  private readonly known = new Set<number>()
  /** What went wrong after the group had joined: the next question fails for it. */
  private failure: Error | null = null
  private url: URL
  /** null: whoever is disconnected stays away. */
  private moves: Moves | null = null
  private churnBeganMs = Number.NaN
  private leftCount = 0
  private nextToLeave = 0

  constructor(request: JoinRequest) {
    const { group, topics, params = group.params ?? {} } = request
    this.request = request
    this.url = new URL(request.url)
    this.shares = new Shares(topics, group.topicsEach, group.clients)
    this.host = {
      dialogue: dialogueOf(request.wire),
      params,
      bytesPerS: group.bytesPerS,
      shares: this.shares,
      totals: this.totals,
      ages: this.ages,
      opened: (receiver) => this.opened(receiver),
      joined: (receiver) => this.joined(receiver),
      heard: (client) => this.moves?.heard(client),
      sentAway: (receiver, reconnectMs) => this.sentAway(receiver, reconnectMs),
      ended: (receiver, reason) => this.ended(receiver, reason),
    }
  }

  get clients(): number {
    return this.request.group.clients
  }

  /** Connects all clients; resolves when every one has its subscription, and the values held then. */
  async join(): Promise<void> {
    const { clients, joiningMax = JOINING_MAX, churnPerS = 0 } = this.request.group
    setInterval(() => this.tick(), TICK_MS)
    let next = 0
    const work = async () => {
      while (next < clients) await this.enter(next++)
    }
    const lines = Array.from({ length: Math.min(joiningMax, clients) }, work)
    const over = new AbortController()
    try {
      await Promise.race([Promise.all(lines), this.stall(over.signal)])
    } finally {
      next = clients // once somebody has failed, nobody else begins
      over.abort()
    }
    if (churnPerS > 0) this.churnBeganMs = monotonicMs()
  }

  /** From now on whoever is disconnected, or told to go, comes back to this address. */
  redirect(url: string): void {
    this.url = new URL(url)
    this.moves = new Moves(this.shares, this.clients)
  }

  /** Throws where nobody was redirected. */
  movesReport(): MoveFigures {
    if (this.moves === null) throw new Error('these receivers have not been redirected')
    return this.moves.report()
  }

  /** Ends the churn, and counts the clients that hold the last value of each of their topics. */
  async countExact(published: readonly number[]): Promise<number> {
    this.churnBeganMs = Number.NaN
    await Promise.allSettled([...this.entries.values()].map(({ promise }) => promise))
    let count = 0
    for (const { row, state } of this.receivers) {
      if (state === 'joined' && this.shares.isExact(row, published)) count++
    }
    return count
  }

  /** Throws what went wrong since the group had joined. */
  check(): void {
    if (this.failure !== null) throw this.failure
  }

  private enter(client: number): Promise<void> {
    let settle: Pick<Entry, 'resolve' | 'reject'> | null = null
    const promise = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject }
    })
    const last = this.receivers[client]
    const row = last === undefined ? client : this.shares.otherRow(last.row)
    const receiver = new Receiver(this.host, this.url, client, row)
    this.receivers[client] ??= receiver
    this.entries.set(receiver, { promise, ...settle! })
    return promise
  }

  private opened({ client }: Receiver): void {
    this.connected++
    if (this.known.has(client)) this.reconnects++
    else this.known.add(client)
  }

  private joined(receiver: Receiver): void {
    this.joins.record(Math.min(AGE_US_MAX, Math.round((monotonicMs() - receiver.beganMs) * 1_000)))
    this.entries.get(receiver)?.resolve()
    this.entries.delete(receiver)
    const last = this.receivers[receiver.client]!
    // One that goes on is kept until the next is as far.
    if (last.state !== 'joined') this.receivers[receiver.client] = receiver
    if (last !== receiver) this.moves?.joined(last, receiver)
  }

  private ended(receiver: Receiver, reason: Error): void {
    if (receiver.hasOpened) {
      this.connected--
      this.closed++
    }
    if (reason instanceof MarkError || reason instanceof FrameError) this.failure ??= reason
    const entry = this.entries.get(receiver)
    this.entries.delete(receiver)
    if (entry !== undefined) entry.reject(explained(reason, this.url))
    else if (this.moves !== null && !this.isOnItsWay(receiver)) void this.comeBack(receiver)
  }

  private sentAway(receiver: Receiver, reconnectMs: readonly [number, number]): void {
    if (this.moves === null) return
    receiver.dueBackMs = this.moves.told(reconnectMs)
    if (this.isOnItsWay(receiver)) void this.comeBack(receiver)
  }

  /** It has been told when to come back, and does so whether it is closed before or not. */
  private isOnItsWay({ dueBackMs }: Receiver): boolean {
    return this.request.group.followsGoaway === true && !Number.isNaN(dueBackMs)
  }

  private async comeBack({ client, dueBackMs }: Receiver): Promise<void> {
    const isTold = !Number.isNaN(dueBackMs)
    await sleep(isTold ? Math.max(0, dueBackMs - monotonicMs()) : Math.random() * RECONNECT_MS)
    await this.enterAgain(client)
  }

  private async enterAgain(client: number): Promise<void> {
    try {
      await this.enter(client)
    } catch (error) {
      // A server that is about to end, or has only begun: there will be another attempt. Otherwise the run is void.
      if (this.moves === null) this.failure ??= error as Error
      else {
        await sleep(Math.random() * RETRY_MS)
        await this.enterAgain(client)
      }
    }
  }

  private tick(): void {
    const nowMs = monotonicMs()
    const { churnPerS = 0, bytesPerS } = this.request.group
    if (bytesPerS !== null && bytesPerS > 0) {
      for (const receiver of this.receivers) receiver.tick(nowMs)
      for (const receiver of this.entries.keys()) receiver.tick(nowMs)
    }
    for (const { last, next } of this.moves?.takeSettled() ?? []) this.handOver(last, next)
    const due = ((nowMs - this.churnBeganMs) / 1_000) * churnPerS
    while (this.leftCount < due && this.replaceOne()) this.leftCount++
  }

  private handOver(last: Receiver, next: Receiver): void {
    this.receivers[next.client] = next
    if (last.state !== 'joined') return
    this.connected--
    last.leave(true)
  }

  /** Has one client leave and come back as a new one; false where none is there to leave. */
  private replaceOne(): boolean {
    for (let i = 0; i < this.clients; i++) {
      const receiver = this.receivers[this.nextToLeave++ % this.clients]!
      if (receiver.state !== 'joined') continue
      this.connected--
      receiver.leave(this.leftCount % 2 === 0)
      void this.enterAgain(receiver.client)
      return true
    }
    return false
  }

  private async stall(signal: AbortSignal): Promise<never> {
    for (;;) {
      const { count } = this.joins
      await sleep(STALL_MS, undefined, { signal })
      if (this.joins.count > count) continue
      const seconds = STALL_MS / 1_000
      throw new Error(
        `${this.clients - count} of ${this.clients} clients have no subscription or no values for ${seconds} s`,
      )
    }
  }
}
