/**
 * Shares: which of all topics each client of a group has, and the last count that each of its connections read of each.
 * Neighbours share few topics, and every topic has as many receivers as any other. One array holds the counts of all
 * connections, as long as their topics are many: 15,000 clients with one topic each take 120 KB. A client has two
 * connections at most, the one it leaves and the next: their rows are its own number, and that plus all clients. @hot
 */

/** Where a value is of a topic that the client has not asked for. */
export const NOT_MINE = -1

const CLIENT_STEP = 7
const TOPIC_STEP = 11

export class Shares {
  private readonly topics: readonly string[]
  private readonly each: number
  private readonly clients: number
  private readonly clientStep: number
  private readonly topicStep: number
  /** By a topic's distance from the client's first one: its position among the client's. */
  private readonly positions: Int32Array
  private readonly numbers = new Map<string, number>()
  /** By row and position: the count in the last mark, and in the first; 0: none. */
  private readonly counts: Uint32Array
  private readonly firsts: Uint32Array

  constructor(topics: readonly string[], each: number, clients: number) {
    const { length } = topics
    if (!(each >= 1 && each <= length)) {
      throw new Error(`a client cannot have ${each} of ${length} topics`)
    }
    this.topics = topics
    this.each = each
    this.clients = clients
    this.clientStep = each === length ? 0 : coprime(CLIENT_STEP, length)
    this.topicStep = each === length ? 1 : coprime(TOPIC_STEP, length)
    this.positions = new Int32Array(length).fill(NOT_MINE)
    for (let i = 0; i < each; i++) this.positions[(i * this.topicStep) % length] = i
    for (const [i, name] of topics.entries()) this.numbers.set(name, i)
    this.counts = new Uint32Array(2 * each * clients)
    this.firsts = new Uint32Array(2 * each * clients)
  }

  /** The names of a client's topics, by position. */
  namesOf(client: number): string[] {
    return Array.from({ length: this.each }, (_, i) => this.topics[this.topicAt(client, i)]!)
  }

  /** The number of the first of a client's topics. */
  firstOf(client: number): number {
    return (client * this.clientStep) % this.topics.length
  }

  /** The position of a topic among those of a client whose first topic is `first`, or NOT_MINE. */
  positionOf(first: number, topic: number): number {
    const distance = topic - first
    return this.positions[distance < 0 ? distance + this.topics.length : distance] ?? NOT_MINE
  }

  /** Likewise, by the topic's name. */
  positionOfName(client: number, name: string): number {
    return this.positionOf(this.firstOf(client), this.numbers.get(name) ?? this.topics.length)
  }

  /** The row of a client's other connection. */
  otherRow(row: number): number {
    return row < this.clients ? row + this.clients : row - this.clients
  }

  /** Notes what a connection has read; false where it had read as much before. */
  isNews(row: number, position: number, count: number): boolean {
    const at = row * this.each + position
    const last = this.counts[at]!
    if (last === 0) this.firsts[at] = count
    this.counts[at] = count
    return count > last
  }

  hasValue(row: number, position: number): boolean {
    return this.counts[row * this.each + position]! > 0
  }

  /** A new connection has read nothing. */
  forget(row: number): void {
    this.counts.fill(0, row * this.each, (row + 1) * this.each)
    this.firsts.fill(0, row * this.each, (row + 1) * this.each)
  }

  /** Of how many topics a connection has an older value than the client's other one, or none. */
  behind(row: number): number {
    const other = this.otherRow(row) * this.each
    let topics = 0
    for (let i = 0; i < this.each; i++) {
      if (this.counts[row * this.each + i]! < this.counts[other + i]!) topics++
    }
    return topics
  }

  /** How many updates lie between the last that the client's other connection read, and the first of this one. */
  skipped(row: number): number {
    const other = this.otherRow(row) * this.each
    let updates = 0
    for (let i = 0; i < this.each; i++) {
      updates += Math.max(0, this.firsts[row * this.each + i]! - this.counts[other + i]! - 1)
    }
    return updates
  }

  /** Whether a connection holds the last value of each of its topics, of which so many updates have been published. */
  isExact(row: number, published: readonly number[]): boolean {
    for (let i = 0; i < this.each; i++) {
      if (this.counts[row * this.each + i] !== published[this.topicAt(row % this.clients, i)]) {
        return false
      }
    }
    return true
  }

  private topicAt(client: number, position: number): number {
    return (this.firstOf(client) + position * this.topicStep) % this.topics.length
  }
}

/** The next number from `step` on that shares no factor with `length`, so that its multiples reach every topic. */
function coprime(step: number, length: number): number {
  let found = step
  while (divisor(found, length) !== 1) found++
  return found
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
