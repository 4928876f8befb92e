/**
 * Token: where the client's token comes from. What is not a text of the caller's is asked for anew each time.
 * Holds: a token is in no message, event or error.
 */
import type { Time } from './connection.ts'
import { TickwireClientError } from './errors.ts'

/** A text, or a function that is called for each connection and each refresh. */
export type Token = string | (() => string | Promise<string>)

/** As long as a server waits for it, by default. */
const TOKEN_TIMEOUT_MS = 10_000

export class TokenSource {
  private readonly token: Token | undefined
  private readonly time: Time
  private refusedCount = 0

  /** Throws for what can give no token. */
  constructor(token: Token | undefined, time: Time) {
    const isToken = token === undefined || typeof token === 'function' || isText(token)
    if (!isToken) throw new TickwireClientError('token must be a text or a function')
    this.token = token
    this.time = time
  }

  get isGiven(): boolean {
    return this.token !== undefined
  }

  /** Whether asking again may bring another one. */
  get isRenewable(): boolean {
    return typeof this.token === 'function'
  }

  /** The server has taken one. */
  accepted(): void {
    this.refusedCount = 0
  }

  /**
   * The server has closed for a token that it does not accept. Returns whether to stay away: a token may have expired on
   * its way, so a fresh one is tried where there may be one; after a second refusal the same would be refused again.
   */
  refused(): boolean {
    return ++this.refusedCount > (this.isRenewable ? 1 : 0)
  }

  /**
   * Calls one of the two back, once: at once where the token is a text. Returns the function that calls it off.
   */
  take(then: (token: string) => void, otherwise: (cause: unknown) => void): () => void {
    const { token, time } = this
    if (typeof token !== 'function') {
      then(token ?? '')
      return () => {}
    }
    let isOver = false
    const once = (run: () => void) => {
      if (isOver) return
      isOver = true
      cancelTimer()
      run()
    }
    const fail = (cause: unknown) => once(() => otherwise(cause))
    const cancelTimer = time.setTimer(() => fail(noToken('none came in time')), TOKEN_TIMEOUT_MS)
    Promise.resolve()
      .then(token)
      .then(
        (text) => (isText(text) ? once(() => then(text)) : fail(noToken('it is no text'))),
        fail,
      )
    return () => once(() => {})
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function noToken(why: string): TickwireClientError {
  return new TickwireClientError(`the token function gave no token: ${why}`)
}
