/**
 * Fuzz, entitlements: goal: a glob covers what its rules say, a claim allows what its entries say and not a topic more,
 * and a token that is not as it must be lets nobody in, whatever its claims are. Method: test/support/fuzz.ts, next to
 * the rules written anew: a table for stars, one entry after the other for claims.
 */
import { createHmac } from 'node:crypto'
import { BadClaim, entitlementsOf, publicEntitlements } from '../../src/access/entitlements.ts'
import { covers, parseGlob, reaches } from '../../src/access/glob.ts'
import type { Entitlements } from '../../src/access/identity.ts'
import { channelOf } from '../../src/market/topic-name.ts'
import { ProtocolError } from '../../src/protocol/faults.ts'
import { fuzz, must, one } from '../support/fuzz.ts'
import type { Dice } from '../support/fuzz-dice.ts'
import { around, bytesAround } from '../support/fuzz-inputs.ts'
import { AUDIENCE, ISSUER, SECRET } from '../support/tokens.ts'
import { NOW_MS, TestVerifier } from '../support/verifier.ts'

const PUBLIC = 'demo:**'
const open = publicEntitlements([PUBLIC])
const NAMES = ['t:A', 't:AB', 't:A:B', 'u:A', 'demo:A', 't:BA:A:B', 'tt:A']
const GLOBS = [
  '**',
  't:**',
  't:*',
  't:A*',
  't:*:*',
  't:A',
  '*:A',
  't:A:**',
  't:*B*',
  'demo:A',
  't*:*',
]

const texts = (...list: string[]) => list.map((text) => Buffer.from(text))

/** Few different characters, so that stars have much to choose from. */
function word(dice: Dice, letters: string, most: number): string {
  return Array.from({ length: dice.length(most) }, () => dice.pick([...letters])).join('')
}

fuzz('globs', {
  make: (dice) => {
    if (dice.once(4)) {
      // One segment of a few pieces, which may overlap in a name.
      const pieces = Array.from({ length: 2 + dice.below(3) }, () => word(dice, 'aab', 3))
      return texts(`t:${pieces.join('*')}`, `t:${word(dice, 'aab', 8)}`)
    }
    const glob = dice.once(3)
      ? bytesAround(dice, texts(...GLOBS)).toString('latin1')
      : word(dice, 'aab:**', 12)
    return [Buffer.from(glob, 'latin1'), Buffer.from(`t${word(dice, 'aaab:', 16)}`)]
  },
  check: ([first, second]) => {
    const [text, name] = [first!.toString('latin1'), second!.toString()]
    const glob = parseGlob(text)
    must((glob !== null) === isGlob(text), `whether ${JSON.stringify(text)} is a glob`)
    if (glob === null) return
    const covered = covers(glob, name.split(':'))
    must(covered === isCovered(text, name), `whether ${text} covers ${name}`)
    const channel = channelOf(name)
    must(!covered || channel === null || reaches(glob, channel), `${text} reaches ${channel}`)
  },
  past: [],
})

fuzz('claims', {
  make: (dice) => (dice.once(3) ? around(CLAIMS)(dice) : [Buffer.from(claimOf(dice))]),
  check: one((bytes) => {
    const claim = jsonOf(bytes.toString())
    const entitlements = read(claim)
    if (entitlements === null) return
    for (const name of NAMES) {
      const least = leastDelayMs(claim, name)
      const told = entitlements.delayMsOf(name)
      must(told === least, `${name} is allowed with ${least}, not ${told}`)
      const within = entitlements.delaysMsWithin(channelOf(name)!)
      must(least === null || within.includes(least), `its channel tells of ${least}`)
    }
  }),
  past: [],
})

const verifier = TestVerifier.bySecret({ publicTopics: [PUBLIC] })
const GOOD = { sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: NOW_MS / 1_000 + 60, topics: ['t:*'] }
const PAYLOADS = [
  GOOD,
  { ...GOOD, aud: ['x', AUDIENCE], nbf: 1, topics: [{ topic: 't:A', delayMs: 5_000 }] },
  { ...GOOD, exp: NOW_MS / 1_000 - 60 },
].map((value) => Buffer.from(JSON.stringify(value)))
const HEADER = '{"alg":"HS256"}'
const HEADERS = [HEADER, '{"alg":"none"}', '{"alg":"HS256","crit":["b64"],"b64":false}']

fuzz('tokens', {
  inputs: 1_000,
  make: (dice) => {
    const header = dice.once(8) ? bytesAround(dice, texts(...HEADERS)) : Buffer.from(HEADER)
    const token = signed(header, bytesAround(dice, PAYLOADS), dice.once(20) ? 'x' : SECRET)
    return [dice.once(20) ? bytesAround(dice, [token]) : token]
  },
  check: one(async (bytes) => {
    const token = bytes.toString('latin1')
    try {
      const { subject, expiresAtMs, entitlements } = await verifier.verify(token)
      // Without a byte order mark, as jose reads it.
      const claims = JSON.parse(
        new TextDecoder().decode(Buffer.from(token.split('.')[1]!, 'base64url')),
      )
      const audiences: unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
      must(claims.iss === ISSUER && audiences.includes(AUDIENCE), 'it was made for us')
      must(expiresAtMs === Math.floor(claims.exp * 1_000), 'it ends when it says')
      must(expiresAtMs > NOW_MS - 5_000, 'it has not ended')
      must(subject !== '' && subject === claims.sub, 'it is of somebody')
      const least = leastDelayMs(claims.topics ?? [], 't:A')
      must(entitlements.delayMsOf('t:A') === least, 'it allows what its claim says')
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      must(error.fault === 'bad_token', `it is a bad token, not ${error.fault}`)
      must(error.detail.length < 120 && error.cause === undefined, 'nothing of it is repeated')
    }
  }),
  past: [],
})

function signed(header: Buffer, payload: Buffer, secret: string): Buffer {
  const text = `${header.toString('base64url')}.${payload.toString('base64url')}`
  return Buffer.from(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)
}

const CLAIMS = [
  ['t:*', 'u:**'],
  [{ topic: 't:A', delayMs: 5_000 }, 't:A:**'],
  [{ topic: '**', delayMs: 900_000 }, { topic: 't:*', delayMs: 1_000 }, 't:A'],
].map((value) => Buffer.from(JSON.stringify(value)))

function claimOf(dice: Dice): string {
  const entries = Array.from({ length: dice.length(8) }, () => {
    const topic = dice.once(30) ? word(dice, 'tA:**', 10) : dice.pick(GLOBS)
    return dice.once(2) ? topic : { topic, delayMs: dice.pick([0, 0, 1_000, 5_000, 86_400_000]) }
  })
  return JSON.stringify(entries)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What a claim allows; null where it is refused, as it has to be. */
function read(claim: unknown): Entitlements | null {
  try {
    const entitlements = entitlementsOf(claim, open)
    must(Array.isArray(claim) && claim.every(isEntry), 'a claim of such entries is refused')
    return entitlements
  } catch (error) {
    if (!(error instanceof BadClaim)) throw error
    must(error.message.length < 120, 'nothing of it is repeated')
    const isGood = Array.isArray(claim) && claim.length <= 64 && claim.every(isEntry)
    must(!isGood, 'a claim of good entries is accepted')
    return null
  }
}

function isEntry(entry: unknown): boolean {
  if (typeof entry === 'string') return isGlob(entry)
  const { topic, delayMs } = Object(entry)
  const isDelay = Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= 86_400_000
  return isDelay && typeof topic === 'string' && isGlob(topic) && Object.keys(entry!).length === 2
}

/** docs/operations.md, Tokens. */
function leastDelayMs(claim: unknown, name: string): number | null {
  if (isCovered(PUBLIC, name)) return 0
  const delays = (claim as (string | { topic: string; delayMs: number })[])
    .map((entry) => (typeof entry === 'string' ? { topic: entry, delayMs: 0 } : entry))
    .filter(({ topic }) => isCovered(topic, name))
    .map(({ delayMs }) => delayMs)
  return delays.length === 0 ? null : Math.min(...delays)
}

function isGlob(text: string): boolean {
  const stars = [...text].filter((char) => char === '*').length
  if (text.length < 1 || text.length > 160 || stars > 8) return false
  if (![...text].every((char) => char > ' ' && char <= '~' && !'"\\'.includes(char))) return false
  const segments = text.split(':')
  return segments.every(
    (segment, i) => !segment.includes('**') || (segment === '**' && i === segments.length - 1),
  )
}

function isCovered(glob: string, name: string): boolean {
  const [asked, given] = [glob.split(':'), name.split(':')]
  if (asked.at(-1) === '**') {
    if (given.length < asked.length) return false
    asked.pop()
    given.length = asked.length
  }
  return asked.length === given.length && asked.every((segment, i) => isMatch(segment, given[i]!))
}

/** A table of which beginnings of the one match which of the other. */
function isMatch(pattern: string, text: string): boolean {
  let row = [true, ...Array<boolean>(text.length).fill(false)]
  for (const char of pattern) {
    const next = [char === '*' && row[0]!]
    for (let i = 1; i <= text.length; i++) {
      next[i] = char === '*' ? row[i]! || next[i - 1]! : row[i - 1]! && text[i - 1] === char
    }
    row = next
  }
  return row[text.length]!
}
