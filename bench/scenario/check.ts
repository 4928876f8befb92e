/**
 * Check: whether a plan can be carried out, before anything is started.
 */
import type { Group, Load, Plan } from './scenario.ts'

/** Payloads carry a topic's number in three digits. */
const TOPICS_MAX = 1_000

/** The plan itself. Throws with a sentence on what makes no sense. */
export function checkPlan(plan: Plan): Plan {
  const { load, sides, groups } = plan
  if (sides.length === 0) throw new Error('a plan needs a server')
  if (new Set(sides.map(({ name }) => name)).size < sides.length) {
    throw new Error('two sides have the same name')
  }
  checkLoad(load)
  for (const group of groups) checkGroup(group, load)
  for (const { name, without = [] } of sides) {
    const left = groups.filter((group) => !without.includes(group.name))
    if (left.length === 0) throw new Error(`${name} has no clients`)
  }
  return plan
}

function checkLoad({ topics, updatesPerS, recording }: Load): void {
  if (recording === undefined) {
    whole('topics', topics, TOPICS_MAX)
    if (!(updatesPerS > 0)) throw new Error('updatesPerS must be above 0')
  } else if (!(recording.speed > 0)) throw new Error('speed must be above 0')
}

function checkGroup(group: Group, { topics, recording }: Load): void {
  whole(`clients of ${group.name}`, group.clients)
  whole(`topics of each of ${group.name}`, group.topicsEach)
  if (recording === undefined && group.topicsEach > topics) {
    throw new Error(`${group.name} cannot have ${group.topicsEach} of ${topics} topics each`)
  }
  if (group.bytesPerS !== null && !(group.bytesPerS >= 0)) {
    throw new Error(`${group.name} cannot read ${group.bytesPerS} bytes a second`)
  }
}

function whole(what: string, value: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return
  const most = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`
  throw new Error(`${what} must be a whole number, at least 1${most}, not ${value}`)
}
