/**
 * Fuzz, recordings: goal: a file's bytes, in whatever chunks they are read, become the lines that they are, none longer
 * than may be a payload, and each line an update of a topic or a problem. Method: test/support/fuzz.ts, next to
 * splitting the whole at once.
 */
import { decode } from '../../src/ingest/decode.ts'
import { type Line, LineSplitter } from '../../src/ingest/ndjson.ts'
import { TopicTemplate } from '../../src/ingest/topic-template.ts'
import { PAYLOAD_BYTES_MAX } from '../../src/market/record.ts'
import { channelOf } from '../../src/market/topic-name.ts'
import { fuzz, type Input, must, one } from '../support/fuzz.ts'
import type { Dice } from '../support/fuzz-dice.ts'
import { around, bytesAround } from '../support/fuzz-inputs.ts'
import { PAST_LINES } from '../support/fuzz-past.ts'
import { PAYLOADS, RECORD_LINES } from '../support/fuzz-samples.ts'

const FILES = [RECORD_LINES.join('\n'), `${RECORD_LINES.join('\r\n')}\r\n`, '\n\n', '{}'].map(
  (text) => Buffer.from(text),
)
const TEMPLATE = new TopicTemplate('ticker:{venue}:{symbol}')

fuzz('lines of a file', {
  make: chunksOf,
  check(chunks) {
    const splitter = new LineSplitter()
    const lines = chunks.flatMap((chunk) => splitter.push(chunk)).concat(splitter.end())
    const wanted = linesOf(Buffer.concat(chunks))
    must(lines.length === wanted.length, `there are ${wanted.length} lines`)
    for (const [i, { number, bytes }] of lines.entries()) {
      const want = wanted[i]!
      must(number === want.number, `a line is the ${want.number}th`)
      const isLong = want.bytes.length > PAYLOAD_BYTES_MAX
      if (isLong) must(decode(bytes) === 'too_large', 'what is too long is refused as such')
      else must(bytes.equals(want.bytes), 'it is as it stands')
      if (!isLong && bytes.length < 2_000) requireNamed(bytes)
    }
  },
  past: PAST_LINES,
})

fuzz('topic templates', {
  make: around(['ticker:{symbol}', 'a:{b}-{c}', '{x}:y', 't:{}'].map((text) => Buffer.from(text))),
  check: one((bytes) => {
    try {
      const named = new TopicTemplate(bytes.toString()).name({
        symbol: 'A',
        b: 1,
        c: 'x y',
        x: 't',
      })
      if ('topic' in named) must(channelOf(named.topic) !== null, 'it makes topics')
    } catch (error) {
      must(error instanceof Error && error.message.startsWith('the topic template'), `${error}`)
    }
  }),
  past: [],
})

/** A few pieces of a file, each cut where it happens to be. */
function chunksOf(dice: Dice): Input {
  const whole = bytesAround(dice, dice.once(4) ? PAYLOADS : FILES)
  const cuts = Array.from({ length: dice.below(4) }, () => dice.below(whole.length + 1))
  const ends = [...cuts.sort((a, b) => a - b), whole.length]
  return ends.map((end, i) => whole.subarray(ends[i - 1] ?? 0, end))
}

/** The lines of a whole file, blank ones counted and left out. */
function linesOf(whole: Buffer): Line[] {
  const texts = whole.toString('latin1').split('\n')
  return texts
    .map((text, i) => ({ number: i + 1, bytes: Buffer.from(text.replace(/\r$/, ''), 'latin1') }))
    .filter(({ bytes }) => bytes.length > 0)
}

function requireNamed(line: Buffer): void {
  const update = decode(line)
  if (typeof update === 'string' || Array.isArray(update)) return
  const named = TEMPLATE.name(update)
  if ('topic' in named) must(channelOf(named.topic) === 'ticker', 'it has a topic of the channel')
  else must(named.problem.length < 10_000, 'the problem is a sentence')
}
