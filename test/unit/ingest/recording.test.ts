/**
 * Recordings: goal: every line is played once, in order and when it is due, or is named with its number. Method:
 * lines cut at every place, small files plain and gzip, time given by hand where it matters.
 */
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LineSplitter } from '../../../src/ingest/ndjson.ts'
import { Pacer } from '../../../src/ingest/pacer.ts'
import { type BadLine, type Playback, play } from '../../../src/ingest/recording.ts'
import { TopicTemplate } from '../../../src/ingest/topic-template.ts'
import { temporaryFile } from '../../support/temporary-file.ts'

describe('lines', () => {
  const split = (chunks: Buffer[]) => {
    const splitter = new LineSplitter()
    const lines = chunks.flatMap((chunk) => splitter.push(chunk))
    return [...lines, ...splitter.end()].map(({ number, bytes }) => [number, bytes.toString()])
  }

  test('are the same wherever the chunks are cut', () => {
    const text = Buffer.from('one\n\ntwo\r\n  \nend')
    const expected = [
      [1, 'one'],
      [3, 'two'],
      [4, '  '],
      [5, 'end'],
    ]
    for (let a = 0; a <= text.length; a++) {
      for (let b = a; b <= text.length; b++) {
        const chunks = [text.subarray(0, a), text.subarray(a, b), text.subarray(b)]
        expect(split(chunks)).toEqual(expected)
      }
    }
  })

  test('of any length cost no more memory than the longest allowed one', () => {
    const splitter = new LineSplitter()
    for (let i = 0; i < 100; i++) splitter.push(Buffer.alloc(64 * 1024, 'x'))
    const [long, next] = splitter.push(Buffer.from('\n{"a":1}\n'))
    expect([long?.number, long?.bytes.length]).toEqual([1, 16 * 1024 + 2])
    expect([next?.number, next?.bytes.toString()]).toEqual([2, '{"a":1}'])
  })
})

describe('the topic template', () => {
  const template = new TopicTemplate('ticker:{venue}:{symbol}')

  test.each([
    {
      why: 'texts',
      update: { venue: 'kraken', symbol: 'BTC-USD' },
      topic: 'ticker:kraken:BTC-USD',
    },
    { why: 'a number', update: { venue: 7, symbol: 'X' }, topic: 'ticker:7:X' },
  ])('takes $why', ({ update, topic }) => {
    expect(template.name(update)).toEqual({ topic })
  })

  test.each([
    { why: 'a missing field', update: { symbol: 'X' }, problem: /'venue'.*missing/ },
    { why: 'an empty field', update: { venue: '', symbol: 'X' }, problem: /'venue'/ },
    { why: 'a removed field', update: { venue: null, symbol: 'X' }, problem: /'venue'/ },
    {
      why: 'a topic with a space',
      update: { venue: 'a b', symbol: 'X' },
      problem: /'ticker:a b:X'/,
    },
  ])('names $why', ({ update, problem }) => {
    expect(template.name(update)).toEqual({ problem: expect.stringMatching(problem) })
  })

  test('does not take an inherited property for a field', () => {
    expect(new TopicTemplate('ticker:{constructor}').name({ a: 1 })).toHaveProperty('problem')
  })

  test.each(['ticker:{symbol', 'ticker:{}', 'ticker:}x{', '{a}:{b} c', 'ticker', ''])(
    "refuses '%s'",
    (text) => expect(() => new TopicTemplate(text)).toThrow('the topic template'),
  )
})

describe('the pacer', () => {
  test.each([
    { speed: 1, waits: [0, 100, 250, 250] },
    { speed: 10, waits: [0, 10, 25, 25] },
    { speed: 'max' as const, waits: [0, 0, 0, 0] },
  ])('at speed $speed events are due as recorded', ({ speed, waits }) => {
    const pacer = new Pacer(speed)
    const ts = [1_000, 1_100, 1_250, Number.NaN]
    expect(ts.map((at) => pacer.waitMs(at, 5))).toEqual(waits)
  })

  test('events that are late are due at once, and delays do not add up', () => {
    const pacer = new Pacer(1)
    pacer.waitMs(1_000, 0)
    expect(pacer.waitMs(1_010, 30)).toBe(-20)
    expect(pacer.waitMs(1_050, 30)).toBe(20)
  })

  test('events before the first one with a time, or from earlier, are due at once', () => {
    const pacer = new Pacer(1)
    expect(pacer.waitMs(Number.NaN, 0)).toBe(0)
    expect(pacer.waitMs(1_000, 7)).toBe(0)
    expect(pacer.waitMs(500, 7)).toBeLessThanOrEqual(0)
  })
})

describe('playing', () => {
  const LINES = ['{"symbol":"A","ts":1}', '{"symbol":"B","ts":2,"x":null}', '{"symbol":"A","ts":3}']

  const playbackOf = async (content: string | Buffer, changes: Partial<Playback> = {}) => {
    const file = await temporaryFile('recording', content)
    onTestFinished(file.remove)
    const bad: BadLine[] = []
    const template = new TopicTemplate('ticker:{symbol}')
    const { signal } = new AbortController()
    const onBadLine = (line: BadLine) => void bad.push(line)
    const base: Playback = {
      path: file.path,
      template,
      speed: 'max',
      loop: false,
      signal,
      onBadLine,
    }
    return { bad, playback: { ...base, ...changes } }
  }
  const linesOf = async (playback: Playback) => {
    const lines: string[] = []
    for await (const due of play(playback)) lines.push(...due.map(({ line }) => line.toString()))
    return lines
  }

  test.each([
    { why: 'plain', content: Buffer.from(LINES.join('\n')) },
    { why: 'gzip', content: gzipSync(LINES.join('\n')) },
    {
      why: 'gzip in two parts',
      content: Buffer.concat([gzipSync(`${LINES[0]}\n`), gzipSync(`${LINES[1]}\n${LINES[2]}`)]),
    },
  ])('$why, whatever the name', async ({ content }) => {
    const { playback, bad } = await playbackOf(content)
    expect(await linesOf(playback)).toEqual(LINES)
    expect(bad).toEqual([])
  })

  test('as recorded, what is due together comes together', async () => {
    const { playback } = await playbackOf(LINES.join('\n'), { speed: 0.1 })
    const groups: number[] = []
    for await (const due of play(playback)) groups.push(due.length)
    expect(groups.reduce((sum, count) => sum + count)).toBe(3)
    expect(groups.length).toBeGreaterThan(1)
  })

  test('bad lines are named with their number, and the rest goes on', async () => {
    const bad = [
      'not json',
      '{"symbol":"A"',
      '{"x":1}',
      '[{"symbol":"A"}]',
      '{"symbol":"a b"}',
      '\x81',
    ]
    const { playback, bad: told } = await playbackOf([LINES[0], ...bad, '', LINES[1]].join('\n'))
    expect(await linesOf(playback)).toEqual([LINES[0], LINES[1]])
    expect(told.map(({ number, reason }) => [number, reason])).toEqual([
      [2, 'not_json'],
      [3, 'not_json'],
      [4, 'no_topic'],
      [5, 'not_an_object'],
      [6, 'no_topic'],
      [7, 'not_json'],
    ])
  })

  test('in a loop it begins again, until it is ended', async () => {
    const ending = new AbortController()
    const { playback } = await playbackOf(LINES.join('\n'), { loop: true, signal: ending.signal })
    let count = 0
    for await (const due of play(playback)) {
      count += due.length
      if (count >= 9) ending.abort()
    }
    expect(count).toBe(9)
  })

  test('it can be ended in the middle of a wait', async () => {
    const ending = new AbortController()
    const { playback } = await playbackOf('{"symbol":"A","ts":0}\n{"symbol":"A","ts":1e12}', {
      speed: 1,
      signal: ending.signal,
    })
    let count = 0
    for await (const due of play(playback)) {
      count += due.length
      setImmediate(() => ending.abort())
    }
    expect(count).toBe(1)
  })

  test.each([
    {
      why: 'a damaged gzip file',
      content: gzipSync('x'.repeat(1_000)).subarray(0, 20),
      loop: false,
    },
    { why: 'a loop without a good line', content: Buffer.from('nothing\n'), loop: true },
  ])('$why is an error', async ({ content, loop }) => {
    const { playback } = await playbackOf(content, { loop })
    await expect(linesOf(playback)).rejects.toThrow()
  })

  test('so is a file that is not there, or is none', async () => {
    const { playback } = await playbackOf('')
    const missing = `${playback.path}.missing`
    await expect(linesOf({ ...playback, path: missing })).rejects.toThrow('there is no such file')
    await expect(linesOf({ ...playback, path: '.' })).rejects.toThrow('it is not a file')
  })
})
