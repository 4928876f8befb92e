/**
 * Bench witness: a client of package ws beside the bench's receivers, which parses every frame as a whole.
 */
import { pack, unpack } from 'msgpackr'
import { WebSocket } from 'ws'
import type { Wire } from '../../bench/load/receivers.ts'
import { eventually } from './eventually.ts'

interface Value {
  readonly mark?: string
}

interface Message {
  readonly type?: string
  readonly data?: Value
}

export class BenchWitness {
  /** Values read. */
  count = 0
  /** The last mark of each topic, by the topic's number as it stands there. */
  readonly marks = new Map<string, string>()
  private readonly socket: WebSocket
  private readonly wire: Wire
  private readonly topics: readonly string[]
  private readonly params: object
  private hasJoined = false

  private constructor(url: string, wire: Wire, topics: readonly string[], params: object) {
    this.wire = wire
    this.topics = topics
    this.params = params
    this.socket =
      wire === 'socket.io'
        ? new WebSocket(url.replace('/ws', '/socket.io/?EIO=4&transport=websocket'))
        : new WebSocket(url, `tickwire.v1.${wire}`)
    if (wire !== 'socket.io') this.socket.on('open', () => this.subscribe())
    this.socket.on('message', (data: Buffer) => this.read(data))
  }

  /** Connects and subscribes. */
  static async join(
    url: string,
    wire: Wire,
    topics: readonly string[],
    params: object,
  ): Promise<BenchWitness> {
    const witness = new BenchWitness(url, wire, topics, params)
    await eventually(() => witness.hasJoined)
    return witness
  }

  end(): void {
    this.socket.terminate()
  }

  private subscribe(): void {
    const request = { id: 1, method: 'subscribe', params: { topics: this.topics, ...this.params } }
    this.socket.send(this.wire === 'msgpack' ? pack(request) : JSON.stringify(request))
  }

  private read(data: Buffer): void {
    if (this.wire === 'socket.io') return this.readPacket(data.toString())
    const parsed = this.wire === 'msgpack' ? unpack(data) : JSON.parse(data.toString())
    for (const message of (Array.isArray(parsed) ? parsed : [parsed]) as (Message & Value)[]) {
      if (message.type === 'result') this.hasJoined = true
      this.take(message.data ?? message)
    }
  }

  private readPacket(packet: string): void {
    if (packet.startsWith('0')) this.socket.send('40')
    else if (packet.startsWith('40')) {
      this.socket.send(`420${JSON.stringify(['subscribe', this.topics])}`)
    } else if (packet.startsWith('430')) this.hasJoined = true
    else if (packet.startsWith('42')) this.take((JSON.parse(packet.slice(2)) as [string, Value])[1])
  }

  private take({ mark }: Value): void {
    if (mark === undefined) return
    this.count++
    this.marks.set(mark.slice(0, 3), mark)
  }
}
