/**
 * Entitlements: what the claim `topics` of a token allows, and what is public. What neither names is not allowed.
 * Asked when somebody subscribes, and once for each topic to come of a whole channel; never as prices pass.
 */
import { TOPIC_CHARS_MAX } from '../market/topic-name.ts'
import { covers, type Glob, parseGlob, reaches, STARS_MAX } from './glob.ts'
import type { Entitlements } from './identity.ts'

export const ENTRIES_MAX = 256
/** Of these with stars. Each is tried on each topic of a channel: 100,000 topics take 0.3 s of the event loop with so many. */
export const GLOBS_MAX = 64
/** Claims that are alike share what is made of them: connections are many, and plans are few. */
const SHARED_MAX = 1_000
const DELAY_MS_MAX = 86_400_000

/** What a claim that cannot be read is refused with; the message does not repeat it. */
export class BadClaim extends Error {}

interface Entry {
  readonly text: string
  readonly glob: Glob
  readonly delayMs: number
}

/** What everybody may read, as it comes. Shared by all. */
export function publicEntitlements(globs: readonly string[]): Entitlements {
  return new Entries(globs.map((glob) => entryOf(glob)))
}

/**
 * Reads the claim `topics`: an array of globs, or of `{"topic": glob, "delayMs": 900000}`; undefined: nothing.
 * `open` may be read in any case. Throws BadClaim.
 */
export function entitlementsOf(claim: unknown, open: Entitlements): Entitlements {
  if (claim === undefined) return open
  if (!Array.isArray(claim)) throw new BadClaim('topics is not an array')
  if (claim.length > ENTRIES_MAX) throw new BadClaim(`topics has more than ${ENTRIES_MAX} entries`)
  const entries = claim.map(entryOf)
  if (entries.filter(hasStar).length > GLOBS_MAX) {
    throw new BadClaim(`topics has more than ${GLOBS_MAX} entries with stars`)
  }
  return new Entries(entries, open)
}

/** The same for all tokens of a server. */
export function sharedEntitlements(open: Entitlements): (claim: unknown) => Entitlements {
  const known = new Map<string | undefined, Entitlements>()
  return (claim) => {
    const key = JSON.stringify(claim)
    const entitlements = known.get(key) ?? entitlementsOf(claim, open)
    if (known.size >= SHARED_MAX) known.clear()
    known.set(key, entitlements)
    return entitlements
  }
}

const hasStar = ({ text }: Entry): boolean => text.includes('*')

class Entries implements Entitlements {
  /** Topics by their names, which are looked up; null: none. */
  private readonly names: ReadonlyMap<string, Entry> | null
  /** Those with stars, which are tried one by one. The least delay is to win, so it comes first. */
  private readonly globs: readonly Entry[]
  private readonly open: Entitlements | null

  constructor(entries: readonly Entry[], open: Entitlements | null = null) {
    const named = entries.filter((entry) => !hasStar(entry))
    // Of several for one name the last one put in stays: that of the least delay.
    const latestFirst = named.sort((a, b) => b.delayMs - a.delayMs)
    this.names =
      named.length === 0 ? null : new Map(latestFirst.map((entry) => [entry.text, entry]))
    this.globs = entries.filter(hasStar).sort((a, b) => a.delayMs - b.delayMs)
    this.open = open
  }

  delayMsOf(topic: string): number | null {
    const named = this.names?.get(topic)?.delayMs
    if (named === 0) return 0
    const covering = this.globs.length === 0 ? undefined : this.coveringMs(topic.split(':'))
    if (covering === 0) return 0
    const least = Math.min(named ?? Number.POSITIVE_INFINITY, covering ?? Number.POSITIVE_INFINITY)
    return this.open?.delayMsOf(topic) ?? (Number.isFinite(least) ? least : null)
  }

  delaysMsWithin(channel: string): readonly number[] {
    const all = [...(this.names?.values() ?? []), ...this.globs]
    const own = all.filter(({ glob }) => reaches(glob, channel))
    const open = this.open?.delaysMsWithin(channel) ?? []
    return [...new Set([...open, ...own.map(({ delayMs }) => delayMs)])]
  }

  private coveringMs(segments: readonly string[]): number | undefined {
    for (const { glob, delayMs } of this.globs) {
      if (covers(glob, segments)) return delayMs
    }
    return undefined
  }
}

function entryOf(value: unknown): Entry {
  if (typeof value === 'string') return entry(value, 0)
  if (typeof value !== 'object' || value === null) {
    throw new BadClaim('an entry of topics is neither a text nor an object')
  }
  const { topic, delayMs, ...others } = value as Record<string, unknown>
  // What is not known may be a restriction: to pass over it would give too much.
  if (Object.keys(others).length > 0) throw new BadClaim('an entry of topics has unknown fields')
  if (!isDelay(delayMs)) {
    throw new BadClaim(`a delayMs in topics is no whole number of ms from 0 to ${DELAY_MS_MAX}`)
  }
  return entry(topic, delayMs)
}

function entry(text: unknown, delayMs: number): Entry {
  const glob = typeof text === 'string' ? parseGlob(text) : null
  if (glob !== null) return { text: text as string, glob, delayMs }
  throw new BadClaim(
    `an entry of topics is no glob of at most ${TOPIC_CHARS_MAX} characters and ${STARS_MAX} stars`,
  )
}

function isDelay(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= DELAY_MS_MAX
}
