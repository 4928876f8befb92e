/**
 * Updates: a subscription as an async iteration. While its consumer is busy, a topic's newest update takes the place of
 * the one before; so what waits is bounded by the topics, and what comes out is never old.
 */
import { TickwireClientError } from './errors.ts'
import type { Ended } from './events.ts'
import type { SubscriptionHandle, Update, UpdateListener } from './handle.ts'

/** Subscribes, and has itself told of the client's end. */
export type Begin = (
  listener: UpdateListener,
  onEnd: (ended: Ended) => void,
) => { readonly handle: SubscriptionHandle; readonly stop: () => void }

/** What client.updates() returns; each `for await` over it is a subscription of its own. */
export class Updates implements AsyncIterable<Update> {
  private readonly begin: Begin

  constructor(begin: Begin) {
    this.begin = begin
  }

  [Symbol.asyncIterator](): AsyncIterator<Update, undefined> {
    return new UpdateIterator(this.begin)
  }
}

interface Waiter {
  readonly resolve: (result: IteratorResult<Update, undefined>) => void
  readonly reject: (error: Error) => void
}

const DONE = { done: true, value: undefined } as const

class UpdateIterator implements AsyncIterator<Update, undefined> {
  /** In the order in which the topics' first unread updates came. */
  private readonly unread = new Map<string, Update>()
  private readonly stop: () => void
  private waiter: Waiter | null = null
  private hasEnded = false
  private error: Error | null = null

  constructor(begin: Begin) {
    const { handle, stop } = begin(
      (update) => this.take(update),
      (ended) => this.finish(ended),
    )
    this.stop = () => {
      stop()
      handle.unsubscribe()
    }
  }

  next(): Promise<IteratorResult<Update, undefined>> {
    if (this.waiter !== null) {
      return Promise.reject(new TickwireClientError('next() was called before the last one ended'))
    }
    for (const [topic, value] of this.unread) {
      this.unread.delete(topic)
      return Promise.resolve({ done: false, value })
    }
    const { error } = this
    this.error = null
    if (error !== null) return Promise.reject(error)
    if (this.hasEnded) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject }
    })
  }

  return(): Promise<IteratorResult<Update, undefined>> {
    this.end(null)
    this.unread.clear()
    return Promise.resolve(DONE)
  }

  private take(update: Update): void {
    const { waiter } = this
    if (waiter !== null) {
      this.waiter = null
      waiter.resolve({ done: false, value: update })
      return
    }
    const before = this.unread.get(update.topic)
    this.unread.set(update.topic, before === undefined ? update : joined(before, update))
  }

  private finish({ fault, code, reason }: Ended): void {
    const why = `the server closed the connection for good: ${code} ${reason}`.trimEnd()
    this.end(fault === null && code === 1000 ? null : new TickwireClientError(why, fault))
  }

  private end(error: Error | null): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.stop()
    const { waiter } = this
    this.waiter = null
    if (waiter === null) this.error = error
    else if (error === null) waiter.resolve(DONE)
    else waiter.reject(error)
  }
}

/** The newer of two updates of a topic, as if the older had been superseded on its way. */
function joined(before: Update, update: Update): Update {
  const changed =
    before.changed === null || update.changed === null
      ? null
      : { ...before.changed, ...update.changed }
  return { ...update, changed, superseded: before.superseded + 1 + update.superseded }
}
