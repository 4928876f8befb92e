/**
 * Entitlements: what the claim `topics` of a token allows, and what is public. What neither names is not allowed.
 * Asked when somebody subscribes, and once for each topic to come of a whole channel; never as prices pass.
 */
import { TOPIC_CHARS_MAX } from '../market/topic-name.ts'
import { covers, isGlob, reaches, STARS_MAX } from './glob.ts'
import type { Entitlements } from './identity.ts'

export const ENTRIES_MAX = 256
const DELAY_MS_MAX = 86_400_000

/** What a claim that cannot be read is refused with; the message does not repeat it. */
export class BadClaim extends Error {}

interface Entry {
  readonly glob: string
  readonly delayMs: number
}

/** What everybody may read, as it comes. Shared by all. */
export function publicEntitlements(globs: readonly string[]): Entitlements {
  return new Entries(globs.map((glob) => ({ glob, delayMs: 0 })))
}

/**
 * Reads the claim `topics`: an array of globs, or of `{"topic": glob, "delayMs": 900000}`; undefined: nothing.
 * `open` may be read in any case. Throws BadClaim.
 */
export function entitlementsOf(claim: unknown, open: Entitlements): Entitlements {
  if (claim === undefined) return open
  if (!Array.isArray(claim)) throw new BadClaim('topics is not an array')
  if (claim.length > ENTRIES_MAX) throw new BadClaim(`topics has more than ${ENTRIES_MAX} entries`)
  // The least delay is to win, so it comes first.
  const entries = claim.map(entryOf).sort((a, b) => a.delayMs - b.delayMs)
  return new Entries(entries, open)
}

class Entries implements Entitlements {
  private readonly entries: readonly Entry[]
  private readonly open: Entitlements | null

  constructor(entries: readonly Entry[], open: Entitlements | null = null) {
    this.entries = entries
    this.open = open
  }

  delayMsOf(topic: string): number | null {
    const entry = this.entries.find(({ glob }) => covers(glob, topic))
    if (entry?.delayMs === 0) return 0
    return this.open?.delayMsOf(topic) ?? entry?.delayMs ?? null
  }

  delaysMsWithin(channel: string): readonly number[] {
    const own = this.entries.filter(({ glob }) => reaches(glob, channel))
    const open = this.open?.delaysMsWithin(channel) ?? []
    return [...new Set([...open, ...own.map(({ delayMs }) => delayMs)])]
  }
}

function entryOf(value: unknown): Entry {
  if (typeof value === 'string') return { glob: globOf(value), delayMs: 0 }
  if (typeof value !== 'object' || value === null) {
    throw new BadClaim('an entry of topics is neither a text nor an object')
  }
  const { topic, delayMs, ...others } = value as Record<string, unknown>
  // What is not known may be a restriction: to pass over it would give too much.
  if (Object.keys(others).length > 0) throw new BadClaim('an entry of topics has unknown fields')
  if (!isDelay(delayMs)) {
    throw new BadClaim(`delayMs is no whole number of ms from 0 to ${DELAY_MS_MAX}`)
  }
  return { glob: globOf(topic), delayMs }
}

function globOf(value: unknown): string {
  if (typeof value === 'string' && isGlob(value)) return value
  throw new BadClaim(
    `an entry of topics is no glob of at most ${TOPIC_CHARS_MAX} characters and ${STARS_MAX} stars`,
  )
}

function isDelay(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= DELAY_MS_MAX
}
