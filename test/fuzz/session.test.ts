/**
 * Fuzz, the request path: goal: a session that is sent anything answers each frame or closes with a fault, writes what
 * strict readers can read, stays within its limits, and leaves nothing behind. Method: real sessions one after the
 * other over one market and fan-out (test/support/session.ts), each sent a few frames (test/support/fuzz.ts).
 */
import type { ProbeKind } from '../../src/protocol/messages.ts'
import { Fanout } from '../support/fanout.ts'
import { fuzz, type Input, must } from '../support/fuzz.ts'
import type { Dice } from '../support/fuzz-dice.ts'
import { bytesAround } from '../support/fuzz-inputs.ts'
import { PAST_MSGPACK } from '../support/fuzz-past.ts'
import { REQUESTS_IN } from '../support/fuzz-samples.ts'
import { readMsgpack } from '../support/msgpack-reader.ts'
import { LIMITS, TestSession } from '../support/session.ts'
import type { AnyMessage } from '../support/state.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
/** Topics with a value, and as many as a session may ask for. */
const TOPIC_IDS_MAX = 2 + LIMITS.subscriptions

for (const [dialect, probes] of [
  ['json', 'message'],
  ['msgpack', 'ping'],
] as const) {
  const fanout = new Fanout()
  fuzz(`sessions in ${dialect}, probed by ${probes}`, {
    make: (dice) => framesOf(dice, REQUESTS_IN[dialect]),
    check: (frames) => live(fanout, dialect, probes, frames),
    past: PAST_MSGPACK,
    inputs: 1_000,
  })
}

function framesOf(dice: Dice, samples: readonly Buffer[]): Input {
  return Array.from({ length: 1 + dice.below(4) }, () => bytesAround(dice, samples))
}

/** One client's life, from its greeting to its end. */
function live(fanout: Fanout, dialect: 'json' | 'msgpack', probes: ProbeKind, frames: Input): void {
  const client = new TestSession({ fanout, dialect, probes })
  const { session, outlet, counters } = client
  const isBinary = dialect === 'msgpack'
  session.open()
  must(read(client, isBinary)[0]?.type === 'hello', 'it is greeted')
  for (const frame of frames) {
    const acks = counters.requests.ack
    // Once in a while in the other kind of frame.
    session.receive(frame, frame.length % 13 === 5 ? !isBinary : isBinary)
    const answers = read(client, isBinary)
    const isHeard = answers.length > 0 || counters.requests.ack > acks || outlet.closeCode !== null
    must(isHeard, 'a frame is answered, or the connection closed')
    must(answers.length <= 1, 'there is one answer')
    must(session.lane.subscriptionCount <= LIMITS.subscriptions, 'subscriptions are limited')
    fanout.nowMs += 50
    for (const topic of ['ticker:BTC-USD', 'ticker:A']) fanout.update(topic, { n: fanout.nowMs })
    fanout.tick()
    fanout.endTurn()
    read(client, isBinary)
    if (outlet.closeCode !== null) break
  }
  if (outlet.closeCode === null) session.end()
  requireNothingLeft(fanout, client)
}

/** What came, by strict readers, with probes answered. */
function read({ outlet, session, fanout }: TestSession, isBinary: boolean): AnyMessage[] {
  const messages: AnyMessage[] = []
  for (let frame = outlet.read(); frame !== null; frame = outlet.read()) {
    const value = isBinary ? readMsgpack(frame) : JSON.parse(utf8.decode(frame))
    messages.push(...(value as AnyMessage[]))
  }
  for (const probe of outlet.probes.splice(0)) fanout.flush.answered(session.lane, probe)
  return messages
}

function requireNothingLeft({ registry, market }: Fanout, { outlet }: TestSession): void {
  must(outlet.sentAfterClose === 0, 'nothing is sent after the close')
  const { lanes, subscriptionCount } = registry
  must(lanes.size === 0, 'no lane is left')
  must(subscriptionCount === 0, 'no subscription is left')
  const next = market.topic('next:X')!
  must(next.id <= TOPIC_IDS_MAX, `topics that nobody asks for are forgotten: ${next.id}`)
  market.release(next)
}
