/**
 * Asked: what the server of one connection was asked for, what it answered, and the requests that make it what is
 * wanted.
 * Holds: a name is asked for once, however many handles want it; what is refused is not asked for again before
 * somebody changes what is wanted, or another token or connection is there.
 */
import type { FaultBody } from '../protocol/faults.ts'
import type { ErrorMessage, Limits, Result } from '../protocol/messages.ts'
import { type Settings, shared } from './handle.ts'
import { type Accepted, type Answer, NOTHING, outcomesOf, type Refusal } from './outcomes.ts'
import { split } from './split.ts'
import { everyOf, type Wanted } from './wanted.ts'

export interface TopicsRequest {
  readonly id: number
  readonly method: 'subscribe' | 'unsubscribe'
  readonly params: { readonly topics: readonly string[] } & Partial<Settings>
}

/** Settings that nobody asks for, so that whatever is asked for differs. */
const UNKNOWN: Settings = { intervalMs: -1, mode: 'full' }

export class Asked {
  private readonly wanted: Wanted
  private readonly asked = new Map<string, Settings>()
  private readonly accepted = new Map<string, Accepted>()
  private readonly refused = new Map<string, FaultBody>()
  /** To be ended and begun again: something about them went wrong. */
  private readonly renewing = new Set<string>()
  /** Requests without an answer. */
  private readonly pending = new Map<number, TopicsRequest>()
  private nextId = 1

  constructor(wanted: Wanted) {
    this.wanted = wanted
  }

  /** Whether the server has answered for everything that is wanted. */
  get isSettled(): boolean {
    for (const name of this.wanted.names()) {
      if (!this.accepted.has(name) && !this.refused.has(name)) return false
    }
    return true
  }

  /** What the server has said of each name that is wanted, as if it were one answer. */
  get summary(): Answer {
    const isWanted = ({ name }: { readonly name: string }) => this.wanted.has(name)
    const refusals = [...this.refused].map(([name, fault]) => ({ name, fault }))
    return {
      ...NOTHING,
      accepted: [...this.accepted.values()].filter(isWanted),
      refusals: refusals.filter(isWanted),
    }
  }

  /** How late the topic's values are, ms; 0 as they come. */
  delayMsOf(topic: string): number {
    return (this.accepted.get(topic) ?? this.accepted.get(everyOf(topic)))?.delayedMs ?? 0
  }

  /** What the server said of a name that it accepted. */
  acceptance(name: string): Accepted | undefined {
    return this.accepted.get(name)
  }

  /** Whether the server sends what the name stands for. */
  has(name: string): boolean {
    return this.asked.has(name)
  }

  /**
   * Whether the server sends the topic, or a handle wants it. What is not wanted any more is followed until the server
   * has been told: it may be wanted again before that, and then nothing new would be sent.
   */
  follows(topic: string): boolean {
    return this.wanted.covers(topic) || this.has(topic) || this.has(everyOf(topic))
  }

  /** Whether messages of the topic may still come that belong to a subscription which has been ended. */
  isLeaving(topic: string): boolean {
    const names = [topic, everyOf(topic)]
    if (names.some((name) => this.renewing.has(name))) return true
    for (const { method, params } of this.pending.values()) {
      if (method === 'unsubscribe' && names.some((name) => params.topics.includes(name)))
        return true
    }
    return false
  }

  /** There is no connection any more. */
  end(): void {
    this.asked.clear()
    this.renewing.clear()
    this.pending.clear()
  }

  /** Has the name ended and begun again, where it is asked for. */
  renew(name: string): void {
    if (this.asked.has(name)) this.renewing.add(name)
  }

  /** Something about these names is another than when they were refused. */
  forgive(names: Iterable<string>): void {
    for (const name of names) this.refused.delete(name)
  }

  /** There is another token: what the one before did not allow may be asked for again. */
  forgiveAccess(): void {
    for (const [name, fault] of this.refused) {
      if (fault.name === 'not_allowed' || fault.name === 'auth_required') this.refused.delete(name)
    }
  }

  /** Up to `max` requests that make the server's subscriptions what is wanted; they count as sent. */
  take(limits: Limits, max: number): TopicsRequest[] {
    const endings = this.endings(limits, max)
    return [...endings, ...this.beginnings(limits, max - endings.length)]
  }

  /** Takes in the answer to one of them. */
  answered(message: Result | ErrorMessage): Answer {
    const request = this.pending.get(message.id as number)
    if (request === undefined) return NOTHING
    this.pending.delete(request.id)
    if (message.type === 'error') return this.failed(request, message)
    if (request.method === 'unsubscribe') return NOTHING
    // The server may have cut a name that is none.
    const answer = outcomesOf(message.topics, request.params.topics)
    this.settle(answer)
    return answer
  }

  /** Takes in what the server says of names that it had accepted or refused. */
  settle({ accepted, refusals }: Answer): void {
    for (const one of accepted) this.accepted.set(one.name, one)
    for (const refusal of refusals) this.refuse(refusal)
  }

  private endings(limits: Limits, max: number): TopicsRequest[] {
    const names = [...this.asked.keys()].filter(
      (name) => !this.wanted.has(name) || this.renewing.has(name),
    )
    if (names.length === 0) return []
    // There is room now for what there was none for.
    for (const [name, fault] of this.refused) {
      if (fault.name === 'too_many_subscriptions') this.refused.delete(name)
    }
    return split(names, limits)
      .slice(0, max)
      .map((topics) => {
        for (const name of topics) {
          this.asked.delete(name)
          this.accepted.delete(name)
          this.renewing.delete(name)
        }
        return this.request('unsubscribe', { topics })
      })
  }

  private beginnings(limits: Limits, max: number): TopicsRequest[] {
    const groups = new Map<string, { settings: Settings; names: string[] }>()
    for (const name of this.wanted.names()) {
      if (this.refused.has(name)) continue
      const settings = shared(this.wanted.of(name))
      const before = this.asked.get(name)
      if (before?.intervalMs === settings.intervalMs && before.mode === settings.mode) continue
      const key = `${settings.mode} ${settings.intervalMs}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { settings, names: [name] })
      else group.names.push(name)
    }
    return [...groups.values()]
      .flatMap(({ settings, names }) =>
        split(names, limits).map((topics) => ({ topics, ...settings })),
      )
      .slice(0, max)
      .map(({ topics, ...settings }) => {
        for (const name of topics) this.asked.set(name, settings)
        return this.request('subscribe', { topics, ...settings })
      })
  }

  private request(method: TopicsRequest['method'], params: TopicsRequest['params']): TopicsRequest {
    const request = { id: this.nextId++, method, params }
    this.pending.set(request.id, request)
    return request
  }

  /** Nothing of the request was done. */
  private failed({ method, params }: TopicsRequest, fault: ErrorMessage): Answer {
    const isTooSoon = fault.name === 'too_many_requests'
    if (method === 'unsubscribe') {
      // They are there still, as somebody may find who asks for them again.
      if (isTooSoon) for (const name of params.topics) this.renewing.add(name)
      if (isTooSoon) for (const name of params.topics) this.asked.set(name, UNKNOWN)
      return { ...NOTHING, isTooSoon }
    }
    for (const name of params.topics) this.asked.delete(name)
    if (isTooSoon) return { ...NOTHING, isTooSoon }
    const refusals = params.topics.map((name) => ({ name, fault }))
    for (const refusal of refusals) this.refuse(refusal)
    return { ...NOTHING, refusals }
  }

  private refuse({ name, fault }: Refusal): void {
    this.asked.delete(name)
    this.accepted.delete(name)
    this.refused.set(name, fault)
  }
}
