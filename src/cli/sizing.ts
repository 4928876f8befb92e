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
  readonly memoryBytesEach: number
  readonly bandwidthBytesPerS: number
}

/** A send is a system call, and what TCP does for it. */
const FRAME_US = 10
/** Copying one message into a frame. */
const MESSAGE_US = 0.2
/** Taking one update in, once a process. */
const UPDATE_US = 4
/** Noting an update for a subscription that waits for its interval. */
const MARK_US = 1
/** Heartbeats, probes and looking around, a second. */
const CONNECTION_US = 4
/** What changes within it travels in one frame: a turn of a loop with something to do. */
const TURN_S = 0.0045

const PROCESS_BYTES = 70 * 1024 * 1024
const CONNECTION_BYTES = 2_600
const SUBSCRIPTION_BYTES = 300
/** A record as its market keeps it, with what is encoded of it. */
const TOPIC_BYTES = 3_000
/** On their way through the kernel and back: of a process that is quite busy. */
const SOCKET_BYTES = 8_192
/** Headers of WebSocket, TCP and IP. */
const FRAME_OVERHEAD_BYTES = 4 + 32 + 20

/** What a demand takes. All numbers must be above 0, but for the interval. */
export function sizeOf(demand: Demand): Size {
  const { clients, topicsEach, topics, updatesPerS, intervalMs, messageBytes } = demand
  const eachPerS = (updatesPerS * Math.min(topicsEach, topics)) / topics
  const { messagesPerS, framesPerS } = flowOf(eachPerS, topicsEach, intervalMs)
  const marksPerS = intervalMs === 0 ? 0 : eachPerS
  const clientUs =
    framesPerS * FRAME_US + messagesPerS * MESSAGE_US + marksPerS * MARK_US + CONNECTION_US
  const roomUs = demand.utilization * 1e6 - updatesPerS * UPDATE_US
  // Every process takes in every update: what is left of its core is for clients.
  const needed = roomUs <= 0 ? Number.POSITIVE_INFINITY : (clients * clientUs) / roomUs
  const workers = Math.ceil(Math.max(needed, clients / demand.clientsPerWorker)) + 1
  const clientsEach = Math.ceil(clients / (workers - 1))
  const bytesPerS = messagesPerS * messageBytes + framesPerS * FRAME_OVERHEAD_BYTES
  return {
    messagesPerS,
    framesPerS,
    bytesPerS,
    cores: (clients * clientUs + (workers - 1) * updatesPerS * UPDATE_US) / 1e6,
    workers,
    clientsEach,
    memoryBytesEach:
      PROCESS_BYTES +
      topics * TOPIC_BYTES +
      clientsEach * (CONNECTION_BYTES + SOCKET_BYTES + topicsEach * SUBSCRIPTION_BYTES),
    bandwidthBytesPerS: clients * bytesPerS,
  }
}

/** What one client is sent of so many updates a second. */
function flowOf(eachPerS: number, topicsEach: number, intervalMs: number) {
  if (intervalMs === 0) {
    return { messagesPerS: eachPerS, framesPerS: eachPerS / (1 + eachPerS * TURN_S) }
  }
  const momentsPerS = 1_000 / intervalMs
  // Changes come at random: of each topic none, one or several in an interval, and one message of the last.
  const changes = eachPerS / topicsEach / momentsPerS
  const messagesPerS = topicsEach * momentsPerS * (1 - Math.exp(-changes))
  return { messagesPerS, framesPerS: Math.min(messagesPerS, momentsPerS) }
}
