/**
 * Receivers process: a group of receivers in a process of their own.
 * Driven by receivers.ts.  Next:  receiver-group.ts
 */
import { performance } from 'node:perf_hooks'
import { answerParent } from './child.ts'
import { ReceiverGroup } from './receiver-group.ts'
import type { GroupFigures, GroupSample, JoinRequest, ReceiversRequest } from './receivers.ts'
import { Tally } from './tally.ts'

let group: ReceiverGroup | null = null
/** Ages since begin() and before the last sample; the group's own are those since then. */
const agesBefore = new Tally()
let begun = { frames: 0, updates: 0, bytes: 0, reconnects: 0 }
let begunUtilization = performance.eventLoopUtilization()
let sampledUpdates = 0
let sampledUtilization = begunUtilization

answerParent((request: ReceiversRequest) => {
  if (typeof request === 'object' && 'join' in request) return join(request.join)
  if (group === null) throw new Error('no receivers have been asked to join')
  group.check()
  if (request === 'begin') return begin(group)
  if (request === 'report') return report(group)
  if (request === 'sample') return sample(group)
  if (request === 'reconnects') return group.reconnects - begun.reconnects
  if (request === 'moves') return group.movesReport()
  if ('exact' in request) return group.countExact(request.exact)
  return group.redirect(request.redirect)
})

function join(request: JoinRequest): Promise<void> {
  if (group !== null) throw new Error('these receivers have joined before')
  group = new ReceiverGroup(request)
  return group.join()
}

function begin(of: ReceiverGroup): void {
  agesBefore.reset()
  of.ages.reset()
  begun = { ...of.totals, reconnects: of.reconnects }
  begunUtilization = performance.eventLoopUtilization()
  sampledUpdates = of.totals.updates
  sampledUtilization = begunUtilization
}

function report(of: ReceiverGroup): GroupFigures {
  const { totals, clients, closed, reconnects, joins } = of
  const ages = new Tally()
  ages.add(agesBefore)
  ages.add(of.ages)
  return {
    clients,
    frames: totals.frames - begun.frames,
    updates: totals.updates - begun.updates,
    bytes: totals.bytes - begun.bytes,
    disorders: totals.disorders,
    closed,
    reconnects: reconnects - begun.reconnects,
    ages: ages.encode(),
    joins: joins.encode(),
    utilization: performance.eventLoopUtilization(begunUtilization).utilization,
  }
}

function sample(of: ReceiverGroup): GroupSample {
  const { ages, totals, connected } = of
  const result = {
    updates: totals.updates - sampledUpdates,
    ageMsP50: ages.percentileMs(50),
    ageMsP99: ages.percentileMs(99),
    ageMsMax: ages.maxMs,
    connected,
    utilization: performance.eventLoopUtilization(sampledUtilization).utilization,
  }
  agesBefore.add(ages)
  ages.reset()
  sampledUpdates = totals.updates
  sampledUtilization = performance.eventLoopUtilization()
  return result
}
