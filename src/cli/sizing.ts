/**
 * Sizing: what a number of clients takes, from figures that were measured (docs/benchmarks.md; docs/sizing.md tells how
 * good the model is). Pure.
 */

/** What clients ask for, and what is published. */
export interface Demand {
  readonly clients: number
  /** Of each client. */
  readonly topicsEach: number
  /** All there are. */
  readonly topics: number
  /** Over all topics. */
  readonly updatesPerS: number
  /** As in a subscription: 0 for every turn. */
  readonly intervalMs: number
  /** Of one message, as clients get it. */
  readonly messageBytes: number
  /** How much of a core is to be used, from 0 to 1. */
  readonly utilization: number
  /** What one process lets in (TICKWIRE_MAX_CONNECTIONS). */
  readonly clientsPerWorker: number
}

export interface Size {
  /** Of one client. */
  readonly messagesPerS: number
  readonly framesPerS: number
  readonly bytesPerS: number
  /** Of all. */
  readonly cores: number
  /** Processes of one core each, one of which may fail. */
  readonly workers: number
  readonly clientsEach: number
  /** With the kernel's part of its sockets. */
  readonly memoryBytesEach: number
  readonly bandwidthBytesPerS: number
}

/** What things take, as measured; docs/sizing.md tells how. */
export const COSTS = {
  /** A send is a system call, and what TCP does for it. */
  frameUs: 10,
  /** Copying one message into a frame. */
  messageUs: 0.2,
  /** Taking one update in, once a process. */
  updateUs: 4,
  /** Noting an update for a subscription that waits for its interval. */
  markUs: 1,
  /** Heartbeats, probes and looking around, a second. */
  connectionUs: 4,
  /** What changes within it travels in one frame: a turn of a loop with something to do. */
  turnS: 0.0045,
  /** Node with the server's code, and what lies about between two collections of garbage. */
  processBytes: 100 * 1024 * 1024,
  connectionBytes: 2_600,
  subscriptionBytes: 240,
  /** A record as its market keeps it, and as it is encoded for clients. */
  topicBytes: 4_000,
  /** In the kernel: 5 kB for the socket itself, and what is on its way. In no process's RSS. */
  socketBytes: 8_192,
  /** Headers of WebSocket, TCP and IP. */
  frameOverheadBytes: 4 + 32 + 20,
} as const

/** What a demand takes. All numbers must be above 0, but for the interval. */
export function sizeOf(demand: Demand): Size {
  const { clients, topicsEach, topics, updatesPerS, intervalMs, messageBytes } = demand
  const eachPerS = (updatesPerS * Math.min(topicsEach, topics)) / topics
  const { messagesPerS, framesPerS } = flowOf(eachPerS, topicsEach, intervalMs)
  const marksPerS = intervalMs === 0 ? 0 : eachPerS
  const { frameUs, messageUs, markUs, connectionUs } = COSTS
  const sendUs = framesPerS * frameUs + messagesPerS * messageUs
  const clientUs = sendUs + marksPerS * markUs + connectionUs
  const roomUs = demand.utilization * 1e6 - updatesPerS * COSTS.updateUs
  // Every process takes in every update: what is left of its core is for clients.
  const needed = roomUs <= 0 ? Number.POSITIVE_INFINITY : (clients * clientUs) / roomUs
  const workers = Math.ceil(Math.max(needed, clients / demand.clientsPerWorker)) + 1
  const clientsEach = Math.ceil(clients / (workers - 1))
  const bytesPerS = messagesPerS * messageBytes + framesPerS * COSTS.frameOverheadBytes
  const { connectionBytes, subscriptionBytes, socketBytes } = COSTS
  const clientBytes = connectionBytes + socketBytes + topicsEach * subscriptionBytes
  return {
    messagesPerS,
    framesPerS,
    bytesPerS,
    cores: (clients * clientUs + (workers - 1) * updatesPerS * COSTS.updateUs) / 1e6,
    workers,
    clientsEach,
    memoryBytesEach: COSTS.processBytes + topics * COSTS.topicBytes + clientsEach * clientBytes,
    bandwidthBytesPerS: clients * bytesPerS,
  }
}

/** What one client is sent of so many updates a second. */
function flowOf(eachPerS: number, topicsEach: number, intervalMs: number) {
  if (intervalMs === 0) {
    return { messagesPerS: eachPerS, framesPerS: eachPerS / (1 + eachPerS * COSTS.turnS) }
  }
  const momentsPerS = 1_000 / intervalMs
  // Changes come at random: of each topic none, one or several in an interval, and one message of the last.
  const changes = eachPerS / topicsEach / momentsPerS
  const messagesPerS = topicsEach * momentsPerS * (1 - Math.exp(-changes))
  return { messagesPerS, framesPerS: Math.min(messagesPerS, momentsPerS) }
}
