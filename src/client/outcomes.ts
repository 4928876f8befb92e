/**
 * Outcomes: what the server's answer to a request means, name by name.
 */
import type { FaultBody } from '../protocol/faults.ts'
import type { Result } from '../protocol/messages.ts'

export interface Accepted {
  readonly name: string
  /** How many values it holds and sends: of a topic 0 or 1. */
  readonly count: number
  /** How late they are, ms; 0 as they come. */
  readonly delayedMs: number
}

export interface Refusal {
  readonly name: string
  readonly fault: FaultBody
}

/** What the server's answer to a request meant. */
export interface Answer {
  readonly accepted: readonly Accepted[]
  readonly refusals: readonly Refusal[]
  /** Too many requests: what was asked for must be asked for again, later. */
  readonly isTooSoon: boolean
}

export const NOTHING: Answer = { accepted: [], refusals: [], isTooSoon: false }

/** Reads the outcomes of a result; `names` are those that were asked for, where that is known. */
export function outcomesOf(topics: Result['topics'], names: readonly string[] = []): Answer {
  const accepted: Accepted[] = []
  const refusals: Refusal[] = []
  topics.forEach((outcome, i) => {
    const name = names[i] ?? outcome.topic
    if ('error' in outcome) {
      const { code, name: fault, message } = outcome.error
      refusals.push({ name, fault: { code, name: fault, message } })
    } else if ('held' in outcome) {
      const count = outcome.heldCount ?? (outcome.held ? 1 : 0)
      accepted.push({ name, count, delayedMs: outcome.delayedMs ?? 0 })
    }
  })
  return { ...NOTHING, accepted, refusals }
}
