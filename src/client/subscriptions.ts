/**
 * Subscriptions: what the handles want, what the server was asked for, and the requests that lead from one to the
 * other. A name is a topic or `channel:*`.
 * Holds: a name is asked for once, however many handles want it; what is refused is not asked for again before
 * somebody changes what is wanted, or another connection is open.
 */
import type { FaultBody } from '../protocol/faults.ts'
import type { ErrorMessage, Limits, Result } from '../protocol/messages.ts'
import { type Handle, type Settings, shared } from './handle.ts'
import { channelOf } from './records.ts'
import { split } from './split.ts'

export interface TopicsRequest {
  readonly id: number
  readonly method: 'subscribe' | 'unsubscribe'
  readonly params: { readonly topics: readonly string[] } & Partial<Settings>
}

/** What the server's answer to a request meant. */
export interface Answer {
  /** What it holds of each name that it accepted: how many values, or 0 or 1 for a topic. */
  readonly held: readonly { readonly name: string; readonly count: number }[]
  readonly refusals: readonly { readonly name: string; readonly fault: FaultBody }[]
  /** Too many requests: what was asked for must be asked for again, later. */
  readonly isTooSoon: boolean
}

const NOTHING: Answer = { held: [], refusals: [], isTooSoon: false }

export class Subscriptions {
  private readonly wanted = new Map<string, Set<Handle>>()
  private readonly asked = new Map<string, Settings>()
  private readonly refused = new Map<string, FaultBody>()
  /** To be ended and begun again: something about them went wrong. */
  private readonly renewing = new Set<string>()
  /** Requests without an answer, with what was in effect of each name before. */
  private readonly pending = new Map<number, TopicsRequest>()
  private nextId = 1

  add(handle: Handle): void {
    for (const name of handle.topics) {
      const handles = this.wanted.get(name)
      if (handles === undefined) this.wanted.set(name, new Set([handle]))
      else handles.add(handle)
      this.refused.delete(name)
    }
  }

  /** The handle's settings changed. */
  changed({ topics }: Handle): void {
    for (const name of topics) this.refused.delete(name)
  }

  remove(handle: Handle): void {
    for (const name of handle.topics) {
      const handles = this.wanted.get(name)
      handles?.delete(handle)
      if (handles?.size === 0) this.wanted.delete(name)
    }
  }

  /** Whether a handle wants the topic. */
  covers(topic: string): boolean {
    return this.wanted.has(topic) || this.wanted.has(everyOf(topic))
  }

  /**
   * Whether the server sends the topic, or a handle wants it. What is not wanted any more is followed until the server
   * has been told: it may be wanted again before that, and then nothing new would be sent.
   */
  follows(topic: string): boolean {
    return this.covers(topic) || this.asked.has(topic) || this.asked.has(everyOf(topic))
  }

  /** Calls each handle that wants the topic once. */
  each(topic: string, tell: (handle: Handle) => void): void {
    const named = this.wanted.get(topic)
    if (named !== undefined) for (const handle of named) tell(handle)
    const all = this.wanted.get(everyOf(topic))
    if (all === undefined) return
    for (const handle of all) if (named?.has(handle) !== true) tell(handle)
  }

  /** There is no connection any more: the next server knows of nothing. */
  reset(): void {
    this.asked.clear()
    this.refused.clear()
    this.renewing.clear()
    this.pending.clear()
  }

  /** Has whatever brings the topic ended and begun again. */
  renew(topic: string): void {
    for (const name of [topic, everyOf(topic)]) if (this.asked.has(name)) this.renewing.add(name)
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
    const held: Answer['held'][number][] = []
    const refusals: Answer['refusals'][number][] = []
    message.topics.forEach((outcome, i) => {
      // The server may have cut a name that is none.
      const name = request.params.topics[i] ?? outcome.topic
      if ('error' in outcome) {
        this.refuse(name, outcome.error)
        refusals.push({ name, fault: outcome.error })
      } else if ('held' in outcome) {
        this.accept(name)
        held.push({ name, count: outcome.heldCount ?? (outcome.held ? 1 : 0) })
      }
    })
    return { held, refusals, isTooSoon: false }
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
          this.renewing.delete(name)
        }
        return this.request('unsubscribe', { topics })
      })
  }

  private beginnings(limits: Limits, max: number): TopicsRequest[] {
    const groups = new Map<string, { settings: Settings; names: string[] }>()
    for (const [name, handles] of this.wanted) {
      if (this.refused.has(name)) continue
      const settings = shared(handles)
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
    for (const name of params.topics) this.refuse(name, fault)
    return { ...NOTHING, refusals: params.topics.map((name) => ({ name, fault })) }
  }

  private refuse(name: string, { code, name: fault, message }: FaultBody): void {
    const body = { code, name: fault, message }
    this.asked.delete(name)
    this.refused.set(name, body)
    for (const handle of this.wanted.get(name) ?? []) handle.refusals.set(name, body)
  }

  private accept(name: string): void {
    for (const handle of this.wanted.get(name) ?? []) handle.refusals.delete(name)
  }
}

/** Settings that nobody asks for, so that whatever is asked for differs. */
const UNKNOWN: Settings = { intervalMs: -1, mode: 'full' }

/** `ticker:*` of `ticker:BTC-USD`. */
function everyOf(topic: string): string {
  return `${channelOf(topic)}:*`
}
