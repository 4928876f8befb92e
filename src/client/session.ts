/**
 * Session: one connection's life: who the client is on it, what was asked, and what it told. Whether anybody is shown
 * that is not its matter: link.ts.
 */
import type {
  Delta,
  ErrorMessage,
  Full,
  Goaway,
  Hello,
  Message,
  Pong,
  Result,
  Status,
} from '../protocol/messages.ts'
import { Asked } from './asked.ts'
import { Auth, type Identity } from './auth.ts'
import { Connection, type ConnectionOptions, type Ending } from './connection.ts'
import { asClientFault, type ClientFault } from './errors.ts'
import { type Answer, outcomesOf } from './outcomes.ts'
import { channelOf, Records, type Taken } from './records.ts'
import { Requests } from './requests.ts'
import type { TokenSource } from './token.ts'
import { everyOf, isChannel, type Wanted } from './wanted.ts'

export interface SessionOptions extends ConnectionOptions {
  readonly wanted: Wanted
  readonly token: TokenSource
  readonly random: () => number
}

export interface SessionListener {
  frame(bytes: number, messages: number): void
  message(message: Message): void
  fault(fault: ClientFault): void
  greeted(session: Session, hello: Hello): void
  data(session: Session, message: Full | Delta, taken: Taken): void
  answered(session: Session, answer: Answer): void
  /** The server has taken a token; `answer` is what that changed, and these topics are not allowed any more. */
  identified(session: Session, answer: Answer, lost: readonly string[]): void
  expiring(session: Session, expiresAt: number): void
  status(session: Session): void
  goaway(session: Session, goaway: Goaway): void
  /** All messages of a frame have been handled. */
  frameEnd(session: Session): void
  ended(session: Session, ending: Ending): void
}

export class Session {
  readonly records = new Records()
  readonly asked: Asked
  readonly requests: Requests
  hello: Hello | null = null
  /** What the server last said of its source. */
  feed: Pick<Status, 'feed' | 'since'> = { feed: 'down', since: 0 }
  /** Until when it is to be left for another one; null where nobody has asked for that. */
  leaveAtMs: number | null = null
  /** When it was greeted. */
  openedAtMs = 0
  hasEnded = false
  private readonly time: ConnectionOptions['time']
  private readonly listener: SessionListener
  private readonly connection: Connection
  private readonly auth: Auth
  private mayAsk = false

  constructor(options: SessionOptions, listener: SessionListener) {
    const { wanted, token, time, random } = options
    this.time = time
    this.listener = listener
    this.asked = new Asked(wanted)
    this.requests = new Requests(this.asked, time, {
      limits: () => (this.mayAsk && this.hello !== null ? this.hello.limits : null),
      send: (request) => this.connection.send(request),
      forget: () => this.forgetUnwanted(),
    })
    this.auth = new Auth(token, time, random, {
      send: (request) => this.connection.send(request),
      ready: () => {
        this.mayAsk = true
        this.requests.begin()
      },
      failed: (fault) => this.connection.fail(fault),
      accepted: (topics) => this.identified(outcomesOf(topics)),
      fault: (fault) => listener.fault(fault),
    })
    this.connection = new Connection(options, {
      frame: (bytes, messages) => listener.frame(bytes, messages),
      message: (message) => this.take(message),
      frameEnd: () => listener.frameEnd(this),
      fault: (fault) => listener.fault(fault),
      ended: (ending) => {
        this.end()
        listener.ended(this, ending)
      },
    })
  }

  get identity(): Identity | null {
    return this.auth.identity
  }

  /** Whether it has been greeted, and lives. */
  get isOpen(): boolean {
    return this.hello !== null && !this.hasEnded
  }

  /** Whether all that is wanted has been asked for and answered, and every value that there is has come. */
  get isCaughtUp(): boolean {
    if (!this.isOpen || !this.mayAsk || !this.auth.isSettled || !this.asked.isSettled) return false
    return this.records.hasAll(this.asked.summary.accepted)
  }

  /** Leaves; nobody is told. */
  close(): void {
    this.end()
    this.connection.close()
  }

  /** Forgets what no handle wants any more, once the server has been told so. */
  private forgetUnwanted(): void {
    for (const topic of [...this.records.topics()]) {
      if (!this.asked.follows(topic)) this.records.forget(topic)
    }
  }

  private end(): void {
    this.hasEnded = true
    this.mayAsk = false
    this.auth.end()
    this.requests.end()
  }

  private take(message: Message): void {
    const { listener } = this
    listener.message(message)
    switch (message.type) {
      case 'hello':
        return this.greeted(message)
      case 'full':
      case 'delta':
        return this.data(message)
      case 'status':
        this.feed = { feed: message.feed, since: message.since }
        return listener.status(this)
      case 'goaway':
        return listener.goaway(this, message)
      case 'auth_expiring':
        listener.expiring(this, message.expiresAt)
        return this.auth.expiring()
      case 'result':
      case 'error':
      case 'pong':
        if (!this.auth.answered(message)) this.answered(message)
    }
  }

  private greeted(hello: Hello): void {
    this.hello = hello
    this.openedAtMs = this.time.nowMs()
    this.feed = { feed: hello.feed, since: this.openedAtMs }
    this.listener.greeted(this, hello)
    // A listener may have closed the client.
    if (!this.hasEnded) this.auth.begin(hello)
  }

  private data(message: Full | Delta): void {
    const { topic, type, seq } = message
    // The last of a subscription that has been ended.
    if (!this.asked.follows(topic)) return
    const nowMs = this.time.nowMs()
    const taken =
      type === 'full' ? this.records.full(message, nowMs) : this.records.delta(message, nowMs)
    if (taken !== 'gap') return this.listener.data(this, message, taken)
    if (this.asked.isLeaving(topic)) return
    this.records.forget(topic)
    for (const name of [topic, everyOf(topic)]) this.asked.renew(name)
    this.requests.schedule()
    this.listener.data(this, message, taken)
    const words = `the ${type} ${seq} does not fit what was here: begun anew`
    this.listener.fault({ name: 'gap', message: words, topic })
  }

  private answered(message: Result | ErrorMessage | Pong): void {
    const answer = this.requests.answered(message)
    if (answer !== null) {
      this.expect(answer)
      return this.listener.answered(this, answer)
    }
    // A refusal of what the client does not remember asking, such as a ping.
    if (message.type === 'error') this.listener.fault(asClientFault(message))
  }

  private expect({ accepted }: Answer): void {
    for (const { name, count } of accepted) {
      if (isChannel(name)) this.records.expect(channelOf(name), count)
    }
  }

  /**
   * What the token before allowed and this one does not goes, what it did not allow is asked for again, and what comes
   * with another delay begins anew.
   */
  private identified(answer: Answer): void {
    const { asked, records } = this
    for (const { name, delayedMs } of answer.accepted) {
      if (delayedMs === 0 && asked.acceptance(name)?.delayedMs === 0) continue
      records.restart((topic) => this.isOf(topic, name))
      asked.renew(name)
    }
    asked.forgiveAccess()
    asked.settle(answer)
    this.expect(answer)
    const isLost = (topic: string) => answer.refusals.some(({ name }) => this.isOf(topic, name))
    const lost = [...records.topics()].filter(isLost)
    for (const topic of lost) records.forget(topic)
    this.requests.schedule()
    this.listener.identified(this, answer, lost)
  }

  /** Whether the name is what brings the topic: its own, or its channel's where it is not asked for by its own. */
  private isOf(topic: string, name: string): boolean {
    return topic === name || (everyOf(topic) === name && !this.asked.has(topic))
  }
}
