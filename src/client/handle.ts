/**
 * Handle: one call of subscribe(): its topics, its settings and its listener.
 */
import type { FaultBody } from '../protocol/faults.ts'
import { MODES, type Mode } from '../protocol/messages.ts'
import { INTERVAL_MS_MAX } from '../protocol/requests.ts'
import { TickwireClientError } from './errors.ts'
import type { Changes, Fields } from './records.ts'

/** The longest topic name; docs/protocol.md has the rest of its rules, which the server applies. */
const NAME_CHARS_MAX = 160

export interface SubscribeOptions {
  /** At most one update of a topic in so many ms, always the latest; 0 (default): every turn of the server. */
  readonly intervalMs?: number
  /** How the server sends it: `full` (default) whole records, `delta` mostly what changed. Updates are whole anyway. */
  readonly mode?: Mode
}

export interface Settings {
  readonly intervalMs: number
  readonly mode: Mode
}

export interface Update {
  readonly topic: string
  /** The whole record, as it is now. A new object each time; not to be changed. */
  readonly record: Fields
  /** The fields that changed, `null` for one that is gone; null where a whole record came. */
  readonly changed: Changes | null
  readonly seq: number
  /** How many values between the one before and this one were never sent. */
  readonly superseded: number
  /** When it came, ms since the epoch, by this machine's clock. */
  readonly receivedAt: number
  /** How late the server sends the topic, ms: 0 as it comes, more where the token allows delayed data only. */
  readonly delayedMs: number
}

export type UpdateListener = (update: Update) => void

/** What subscribe() returns. */
export interface SubscriptionHandle {
  readonly topics: readonly string[]
  /** Why the server refused one of the topics, the last time that it did; null where it accepted all. */
  readonly fault: FaultBody | null
  /** How late the server sends the most delayed of the topics, ms; 0: all as they come. */
  readonly delayedMs: number
  /** Changes the settings; what is left out stays. Throws TickwireClientError for what is none. */
  update(options: SubscribeOptions): void
  /** Ends it: the listener is not called again. May be repeated. */
  unsubscribe(): void
}

export interface HandlePorts {
  readonly changed: (handle: Handle) => void
  readonly ended: (handle: Handle) => void
}

export class Handle implements SubscriptionHandle {
  readonly topics: readonly string[]
  readonly listener: UpdateListener
  /** Refusals that stand, by topic. */
  readonly refusals = new Map<string, FaultBody>()
  /** Delays, ms, of the names that are sent. */
  readonly delays = new Map<string, number>()
  settings: Settings
  hasEnded = false
  /** Topics that it was told of before its first look at what was known already; null after that. */
  told: Set<string> | null = new Set()
  private readonly ports: HandlePorts

  constructor(
    topics: string | readonly string[],
    options: SubscribeOptions,
    listener: UpdateListener,
    ports: HandlePorts,
  ) {
    this.topics = checkedTopics(typeof topics === 'string' ? [topics] : topics)
    this.settings = checkedSettings({ intervalMs: 0, mode: 'full' }, options)
    this.listener = listener
    this.ports = ports
  }

  get fault(): FaultBody | null {
    return [...this.refusals.values()].at(-1) ?? null
  }

  get delayedMs(): number {
    return Math.max(0, ...this.delays.values())
  }

  update(options: SubscribeOptions): void {
    this.settings = checkedSettings(this.settings, options)
    if (!this.hasEnded) this.ports.changed(this)
  }

  unsubscribe(): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.ports.ended(this)
  }
}

function checkedTopics(topics: readonly string[]): readonly string[] {
  if (!Array.isArray(topics) || topics.length === 0) {
    throw new TickwireClientError('name at least one topic')
  }
  for (const topic of topics) {
    if (typeof topic !== 'string' || topic === '' || topic.length > NAME_CHARS_MAX) {
      const what = `a text of at most ${NAME_CHARS_MAX} characters, such as 'ticker:BTC-USD'`
      throw new TickwireClientError(`a topic is ${what}, not '${String(topic).slice(0, 32)}'`)
    }
  }
  return [...new Set(topics)]
}

function checkedSettings(before: Settings, options: SubscribeOptions): Settings {
  const { intervalMs = before.intervalMs, mode = before.mode } = options
  if (!(intervalMs >= 0 && intervalMs <= INTERVAL_MS_MAX)) {
    const range = `a number of ms from 0 to ${INTERVAL_MS_MAX}`
    throw new TickwireClientError(`intervalMs must be ${range}, not ${intervalMs}`)
  }
  if (!MODES.includes(mode)) {
    throw new TickwireClientError(`mode must be one of ${MODES.join(', ')}, not ${mode}`)
  }
  return { intervalMs: Math.floor(intervalMs), mode }
}

/** What serves several handles: the finest interval, and whole records unless all want changes. */
export function shared(handles: Iterable<Handle>): Settings {
  let intervalMs = INTERVAL_MS_MAX
  let mode: Mode = 'delta'
  for (const { settings } of handles) {
    intervalMs = Math.min(intervalMs, settings.intervalMs)
    if (settings.mode === 'full') mode = 'full'
  }
  return { intervalMs, mode }
}
