/**
 * Requests: brings a server's subscriptions in line with what is wanted, no faster than its allowance lets anybody ask.
 * What changes within one turn of the loop, or while it waits, becomes one request.
 */
import type { ErrorMessage, Limits, Pong, Result } from '../protocol/messages.ts'
import type { Asked, TopicsRequest } from './asked.ts'
import type { Time } from './connection.ts'
import type { Answer } from './outcomes.ts'
import type { WireRequest } from './wire.ts'

/** Below what is allowed by this factor, since clocks differ and others of us may ask as well. */
const MARGIN = 1.25
/** After a refusal for asking too often. */
const TOO_SOON_MS = 1_000

export interface RequestPorts {
  /** The limits of the connection, or null while nothing may be asked. */
  readonly limits: () => Limits | null
  readonly send: (request: WireRequest) => void
  /** Something may not be wanted any more, and the server has been told. */
  readonly forget: () => void
}

export class Requests {
  /** The last round trip of a request through the server's own code. */
  rttMs: number | undefined
  private readonly asked: Asked
  private readonly time: Time
  private readonly ports: RequestPorts
  private isScheduled = false
  private nextAtMs = Number.NEGATIVE_INFINITY
  private cancelTimer: (() => void) | null = null
  private readonly sentAtMs = new Map<unknown, number>()
  private pingCount = 0

  constructor(asked: Asked, time: Time, ports: RequestPorts) {
    this.asked = asked
    this.time = time
    this.ports = ports
  }

  /** It may begin: asks for everything, at once. */
  begin(): void {
    this.run()
  }

  /** The connection is gone. */
  end(): void {
    this.cancelTimer?.()
    this.cancelTimer = null
    this.asked.end()
  }

  /** Something about what is wanted has changed. */
  schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    queueMicrotask(() => {
      this.isScheduled = false
      this.run()
    })
  }

  /** Measures the round trip, where none is being measured; it costs the allowance one request. */
  ping(): void {
    const limits = this.ports.limits()
    if (limits === null || this.sentAtMs.size > 0) return
    this.send({ id: `ping-${++this.pingCount}`, method: 'ping' })
    this.spend(1, limits)
  }

  answered(message: Result | ErrorMessage | Pong): Answer | null {
    const sentAtMs = this.sentAtMs.get(message.id)
    if (sentAtMs === undefined) return null
    this.sentAtMs.delete(message.id)
    this.rttMs = Math.max(0, this.time.nowMs() - sentAtMs)
    if (message.type === 'pong' || typeof message.id !== 'number') return null
    const answer = this.asked.answered(message)
    if (answer.isTooSoon) {
      this.nextAtMs = this.time.nowMs() + TOO_SOON_MS
      this.schedule()
    }
    return answer
  }

  private run(): void {
    const limits = this.ports.limits()
    if (limits === null) return this.ports.forget()
    const waitMs = this.nextAtMs - this.time.nowMs()
    if (waitMs > 0) {
      this.cancelTimer ??= this.time.setTimer(() => this.runLater(), waitMs)
      return
    }
    const max = Math.max(1, Math.floor(limits.requestsBurst / 2))
    const requests = this.asked.take(limits, max)
    for (const { id, method, params } of requests) this.send({ id, method, params: { ...params } })
    if (requests.length > 0) this.spend(requests.length, limits)
    if (requests.some(isEnding)) this.ports.forget()
    // There may be more than may be asked for at a time.
    if (requests.length === max) this.schedule()
  }

  private runLater(): void {
    this.cancelTimer = null
    this.run()
  }

  private spend(count: number, { requestsPerS }: Limits): void {
    this.nextAtMs = this.time.nowMs() + (count * 1_000 * MARGIN) / requestsPerS
  }

  private send(request: WireRequest): void {
    this.sentAtMs.set(request.id, this.time.nowMs())
    this.ports.send(request)
  }
}

function isEnding({ method }: TopicsRequest): boolean {
  return method === 'unsubscribe'
}
