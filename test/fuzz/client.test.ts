/**
 * Fuzz, the client: goal: a hostile server cannot make the SDK throw, spin or leave timers behind, whatever it sends
 * in whatever order; what is no frame is a fault. Method: real clients, each with a socket that the test writes to, and
 * a clock by hand that refuses delays which platforms do not keep (test/support/fuzz.ts).
 */
import { TickwireClient, type Update } from '../../src/client/index.ts'
import type { WebSocketLike } from '../../src/client/socket.ts'
import { WIRES, type WireName } from '../../src/client/wire.ts'
import { fuzz, type Input, must, one } from '../support/fuzz.ts'
import type { Dice } from '../support/fuzz-dice.ts'
import { around, bytesAround, mutated } from '../support/fuzz-inputs.ts'
import { PAST_FRAMES, PAST_MSGPACK } from '../support/fuzz-past.ts'
import { FRAMES_IN } from '../support/fuzz-samples.ts'
import { ManualTime, settle } from '../support/manual-time.ts'

/** Longer delays make a platform's timers run at once. */
const DELAY_MS_MAX = 2 ** 31 - 1

for (const dialect of ['json', 'msgpack'] as const) {
  fuzz(`frames in ${dialect}`, {
    make: around(FRAMES_IN[dialect]),
    check: one((bytes) => {
      try {
        for (const { type } of WIRES[dialect].decode(dataOf(dialect, bytes))) {
          must(typeof type === 'string', 'a message has a type')
        }
      } catch (error) {
        must(error instanceof Error, 'what is thrown is an Error')
      }
    }),
    past: [...PAST_FRAMES[dialect], ...PAST_MSGPACK],
  })

  fuzz(`a client in ${dialect}`, {
    make: (dice) => framesOf(dice, FRAMES_IN[dialect]),
    check: (frames) => live(dialect, frames),
    past: PAST_FRAMES[dialect],
    inputs: 1_000,
  })
}

/** A greeting, most of the time a good one, and then anything. */
function framesOf(dice: Dice, samples: readonly Buffer[]): Input {
  const hello = dice.once(3) ? mutated(dice, samples[0]!, samples) : samples[0]!
  const others = Array.from({ length: dice.below(5) }, () => bytesAround(dice, samples))
  return [hello, ...others]
}

class HostileSocket implements WebSocketLike {
  static last: HostileSocket
  binaryType = ''
  onmessage: WebSocketLike['onmessage'] = null
  onclose: WebSocketLike['onclose'] = null
  onerror: WebSocketLike['onerror'] = null

  constructor() {
    HostileSocket.last = this
  }

  send(): void {}
  close(): void {}
}

async function live(dialect: WireName, frames: Input): Promise<void> {
  const time = new ManualTime()
  const setTimer = (run: () => void, delayMs: number) => {
    must(delayMs >= 0 && delayMs <= DELAY_MS_MAX, `a timer can be set for ${delayMs} ms`)
    return time.setTimer(run, delayMs)
  }
  const client = new TickwireClient('ws://server/ws', {
    ...{ dialect, WebSocket: HostileSocket, now: time.now, setTimer, random: () => 0.5 },
  })
  // What a listener throws would be kept from here.
  const wrong: unknown[] = []
  const requireIn = (holds: boolean, what: unknown) => void (holds || wrong.push(what))
  client.on('fault', (it) => {
    requireIn(typeof it.name === 'string' && typeof it.message === 'string', it)
  })
  client.on('status', (it) => {
    requireIn(['live', 'stale', 'down'].includes(it.feed) && Number.isFinite(it.since), it)
  })
  const listener = (it: Update) => {
    const isRecord = Object.getPrototypeOf(it.record) === Object.prototype
    requireIn(typeof it.topic === 'string' && Number.isFinite(it.seq) && isRecord, it)
  }
  client.subscribe(['ticker:*', 'ticker:BTC-USD'], { mode: 'delta' }, listener)
  client.subscribe('trade:BTC-USD', {}, listener)
  for (const frame of frames) {
    HostileSocket.last.onmessage?.({ data: dataOf(dialect, frame) })
    await settle()
    client.ping()
    time.pass(700)
  }
  HostileSocket.last.onclose?.({ code: 1000 + (frames.at(-1)!.length % 4_000), reason: '' })
  time.pass(20_000)
  await settle()
  client.close()
  must(wrong.length === 0, `events are as their types say: ${JSON.stringify(wrong[0])}`)
  must(time.timerCount === 0, 'no timer is left')
  must(client.state === 'closed', 'it is closed')
}

function dataOf(dialect: WireName, bytes: Buffer): string | ArrayBuffer {
  return dialect === 'json' ? bytes.toString() : Uint8Array.from(bytes).buffer
}
