/**
 * Keys: where those come from that tokens are checked with: a secret, a file with a JWK set, or a URL of one.
 * Keys that are known go on working while the file is broken or the URL's server is away.
 */
import { createSecretKey } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** The file is looked at no more often. */
const LOOK_MS = 1_000
/** The keys of a URL are asked for again after so long, so that one that was withdrawn ends. */
const AGE_MS_MAX = 600_000
/** An unknown key, or a server that was away, makes the keys be asked for again no sooner. */
const COOLDOWN_MS = 30_000
/** The same while there are none at all: nobody can get in, so it is tried harder. */
const COOLDOWN_WITHOUT_MS = 1_000
const TIMEOUT_MS = 5_000

export interface KeyPorts {
  /** Any clock that only runs on, ms. */
  readonly nowMs: () => number
  /** Tells an operator, at a limited rate; `what` is from a small fixed set. */
  readonly warn: (what: string, why: string) => void
  /** How long a URL's server has to answer, ms. */
  readonly timeoutMs?: number
}

/** The keys cannot be had, so it is not known whether a token is good. */
export class KeysUnavailable extends Error {}

/** Finds the key of a token. Throws KeysUnavailable, or jose's JWKSNoMatchingKey. */
export type Keys = JWTVerifyGetKey

/** The keys of the settings: exactly one of the two is set. */
export function keysOf(secret: string | null, jwks: string | null, ports: KeyPorts): Keys {
  if (secret !== null) {
    const key = createSecretKey(Buffer.from(secret))
    return () => key
  }
  return /^https?:\/\//.test(jwks!) ? urlKeys(new URL(jwks!), ports) : fileKeys(jwks!, ports)
}

/** Keys of a file that is read again when it has changed. */
function fileKeys(path: string, { nowMs, warn }: KeyPorts): Keys {
  let keys: ReturnType<typeof createLocalJWKSet> | null = null
  let version = ''
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | null = null

  const look = async (): Promise<void> => {
    lookedAtMs = nowMs()
    try {
      const { mtimeMs, size, ino } = await stat(path)
      const found = `${mtimeMs} ${size} ${ino}`
      if (found === version) return
      keys = createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')))
      version = found
    } catch (error) {
      warn('the key file is not readable', wordsOf(error))
    }
  }
  const refresh = async (): Promise<void> => {
    if (looking === null && nowMs() - lookedAtMs < LOOK_MS) return
    looking ??= look().finally(() => {
      looking = null
    })
    await looking
  }
  // A file that cannot be read is told of now, not when the first client comes.
  void refresh()
  return async (header, token) => {
    await refresh()
    if (keys === null) throw new KeysUnavailable('the key file is not readable')
    return keys(header, token)
  }
}

/**
 * Keys of a URL. When to ask is decided here, not by jose, which would forget known keys while the server is away and
 * ask for each token with an unknown key.
 */
function urlKeys(url: URL, { nowMs, warn, timeoutMs = TIMEOUT_MS }: KeyPorts): Keys {
  const never = Number.POSITIVE_INFINITY
  const options = { cacheMaxAge: never, cooldownDuration: never, timeoutDuration: timeoutMs }
  const remote = createRemoteJWKSet(url, options)
  let hasKeys = false
  let isAway = false
  let hadAtMs = Number.NEGATIVE_INFINITY
  let askedAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null

  const ask = async (): Promise<void> => {
    askedAtMs = nowMs()
    try {
      await remote.reload()
      hadAtMs = nowMs()
      hasKeys = true
      isAway = false
    } catch (error) {
      isAway = true
      warn('the JWK set cannot be had', wordsOf(error))
    }
  }
  /** Asks, or waits for who is asking, unless it is too soon. */
  const askAgain = async (): Promise<void> => {
    const cooldownMs = hasKeys ? COOLDOWN_MS : COOLDOWN_WITHOUT_MS
    if (asking === null && nowMs() - askedAtMs < cooldownMs) return
    asking ??= ask().finally(() => {
      asking = null
    })
    await asking
  }
  void askAgain()
  return async (header, token) => {
    if (nowMs() - hadAtMs >= AGE_MS_MAX) {
      const asked = askAgain()
      // Where it was away the last time, nobody waits for it who may not have to: it may hang.
      if (!isAway || !hasKeys) await asked
    }
    if (!hasKeys) throw new KeysUnavailable('the JWK set cannot be had')
    try {
      return await remote(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    }
    await askAgain()
    try {
      return await remote(header, token)
    } catch (error) {
      // The server may have the key, but cannot be asked.
      if (error instanceof errors.JWKSNoMatchingKey && isAway) {
        throw new KeysUnavailable('the JWK set cannot be had')
      }
      throw error
    }
  }
}

/** What went wrong, with the cause that fetch hides. Nothing of the file or the answer. */
function wordsOf(error: unknown): string {
  const { message, cause } = error as Error
  if (error instanceof SyntaxError) return 'it is not JSON'
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
