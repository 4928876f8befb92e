/**
 * Past failures: inputs that once did harm, by target. Whatever fuzzing or thinking finds is put here when it is fixed.
 */
import { pack } from 'msgpackr'
import type { Hello } from '../../src/protocol/messages.ts'
import { MESSAGE_SAMPLES } from '../../src/protocol/samples.ts'
import type { Past } from './fuzz.ts'

/**
 * Lists that hold the list before them twice, by msgpackr's references: few bytes, 2^depth values to whoever walks
 * through them. `behind`: a byte too many makes msgpackr do so, for the text of its error.
 */
function references(depth: number, behind: string): string {
  const number = (i: number) => i.toString(16).padStart(8, '0')
  const lists = Array.from({ length: depth }, (_, i) => {
    const before = i === 0 ? '01' : `d670${number(i - 1)}`
    return `d669${number(i)}92${before}${before}`
  })
  return `dc${depth.toString(16).padStart(4, '0')}${lists.join('')}${behind}`
}

export const PAST_MSGPACK: readonly Past[] = [
  { why: 'references are no values', hex: references(20, '') },
  { why: '600 bytes that keep a core busy for minutes', hex: references(30, '01') },
  { why: 'a record, compiled on the way', hex: 'd4724091a16101' },
  { why: 'an Error, with a stack', hex: '81a162d4650092a54572726f72a161' },
]

const [HELLO] = MESSAGE_SAMPLES.map(({ message }) => message) as [Hello]

/** What a server sent that made the SDK throw, or set timers that run at once for ever; each a frame. */
const HOSTILE: readonly (readonly [why: string, ...messages: unknown[]])[] = [
  ['a greeting without a heartbeat (seed 1, index 123)', { ...HELLO, heartbeatMs: undefined }],
  ['heartbeats every 10^300 ms', { ...HELLO, heartbeatMs: 1e300 }],
  ['a greeting without limits', { ...HELLO, limits: null }],
  ['a request in 10^300 s', { ...HELLO, limits: { ...HELLO.limits, requestsPerS: 1e-300 } }],
  ['a result without topics (seed 1, index 2422)', HELLO, { type: 'result', id: 1 }],
  ['outcomes that are none', HELLO, { type: 'result', id: 1, topics: [null, { topic: 'a' }] }],
  ['a record of no topic (seed 1, index 621)', HELLO, { type: 'full', seq: 1, data: {} }],
  ['a record that is null', HELLO, { type: 'full', topic: 'ticker:A', seq: 1, data: null }],
  ['a probe without a number (seed 1, index 89)', HELLO, { type: 'probe', number: null }],
  ['no time to come back at (seed 1, index 150)', HELLO, { type: 'goaway', reason: 'x' }],
  ['to come back in 10^300 ms', HELLO, { type: 'goaway', reconnectMs: [1e300, 1e300] }],
  ['a state of the feed that there is not', HELLO, { type: 'status', feed: {}, since: 0 }],
  ['an error without a name', HELLO, { type: 'error', id: 'x' }],
]

function hostileIn(encode: (frame: unknown) => Uint8Array): readonly Past[] {
  return HOSTILE.map(([why, ...messages]) => ({
    why,
    hex: messages.map((one) => Buffer.from(encode([one])).toString('hex')).join(' '),
  }))
}

/** Frames of a server, in a row: the first one greets. */
export const PAST_FRAMES: Readonly<Record<'json' | 'msgpack', readonly Past[]>> = {
  json: hostileIn((frame) => Buffer.from(JSON.stringify(frame))),
  msgpack: hostileIn(pack),
}

/** Chunks of a file. */
export const PAST_LINES: readonly Past[] = [
  {
    why: 'of a line that is too long, a return in its middle was taken for its end',
    hex: Buffer.from(`{"a":"${'x'.repeat(4_000)}"}${' '.repeat(12_376)}\r`)
      .toString('hex')
      .concat(' 78780a'),
  },
]

/** Assignments of an environment. */
export const PAST_ENVIRONMENTS: readonly Past[] = [
  {
    why: 'a line break in a path made another line where settings are printed (seed 1, index 21984)',
    hex: Buffer.from('TICKWIRE_FILE=a\nTICKWIRE_PORT=1').toString('hex'),
  },
]
