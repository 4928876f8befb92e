/**
 * A client with a token, and servers by hand. Whatever the client's program is told is looked through for the token.
 */
import { afterEach, expect } from 'vitest'
import type { ClientEvents, ClientOptions } from '../../src/client/index.ts'
import { byHand, type HandSocket } from './hand-socket.ts'
import { settle } from './manual-time.ts'

/** The close code of a token that is not accepted. */
export const BAD_TOKEN = 4502
/** A mark in every token. */
export const SECRET = 'eyJsecret'

let told: unknown[] = []

afterEach(() => {
  // Errors have texts that JSON does not show.
  const text = JSON.stringify(told, (_, value) =>
    value instanceof Error ? [value.message, value.stack, value.cause] : value,
  )
  expect(text).not.toContain(SECRET)
  told = []
})

/** A client that wants one topic, with its first connection and all that it is told. */
export function startWithToken(options: ClientOptions = {}) {
  const hand = byHand(options)
  const { client, sockets, time } = hand
  const all = { fault: [], identity: [], expiring: [], reconnecting: [], close: [], gone: [] } as {
    [Name in
      | 'fault'
      | 'identity'
      | 'expiring'
      | 'reconnecting'
      | 'close'
      | 'gone']: ClientEvents[Name][]
  }
  for (const name of Object.keys(all) as (keyof typeof all)[]) {
    client.on(name, (event) => {
      told.push(event)
      ;(all[name] as unknown[]).push(event)
    })
  }
  const handle = client.subscribe('t:A', {}, (update) => void told.push(update))
  const pass = async (ms: number) => {
    time.pass(ms)
    await settle()
  }
  return { ...hand, socket: sockets[0]!, last: () => sockets.at(-1)!, all, handle, pass }
}

/** Tokens of a function: the first, the second and so on. */
export function counting() {
  const calls: string[] = []
  return {
    calls,
    token: async () => {
      calls.push(`${SECRET}-${calls.length + 1}`)
      return calls.at(-1)!
    },
  }
}

export const methods = ({ requests }: HandSocket) => requests.map(({ method }) => method)

/** Accepts the token that was sent, and returns it. */
export function identify(socket: HandSocket, expiresAt = 5_000): string | undefined {
  const { params } = socket.answer('auth', {
    type: 'result',
    topics: [],
    subject: 'desk-7',
    expiresAt,
  })
  return params.token
}
