/**
 * File source: goal: an operator learns at the start what is wrong with the file, and later that it has ended. What it
 * has in common with other sources is in test/contract.
 */
import { expect, onTestFinished, test } from 'vitest'
import { FileSource } from '../../../src/ingest/file.ts'
import { eventually } from '../../support/eventually.ts'
import { RecordingSink } from '../../support/recording-sink.ts'
import { temporaryFile } from '../../support/temporary-file.ts'

const OPTIONS = { topicTemplate: 'ticker:{symbol}', speed: 'max', loop: false } as const

async function played(content: string, loop = false) {
  const file = await temporaryFile('recording.ndjson', content)
  onTestFinished(file.remove)
  const sink = new RecordingSink()
  const source = new FileSource({ ...OPTIONS, path: file.path, loop })
  onTestFinished(() => source.stop())
  await source.start(sink)
  await eventually(() => sink.calls.includes('down'))
  return { sink, path: file.path }
}

test('a file that is not there is said at the start', async () => {
  const source = new FileSource({ ...OPTIONS, path: 'no-such-file.ndjson' })
  const starting = source.start(new RecordingSink())
  await expect(starting).rejects.toThrow('cannot read no-such-file.ndjson: there is no such file')
  await source.stop()
})

test('a template that makes no topic is said before that', () => {
  expect(() => new FileSource({ ...OPTIONS, path: 'x', topicTemplate: '{' })).toThrow('template')
})

test('at the end of the file the feed is down, and says why', async () => {
  const { sink, path } = await played('{"symbol":"A","bid":"1"}\n{"symbol":"B","bid":"2"}\n')
  expect(sink.said).toEqual([
    { call: 'beginReload' },
    { call: 'up' },
    { call: 'update', topic: 'ticker:A', update: { symbol: 'A', bid: '1' } },
    { call: 'update', topic: 'ticker:B', update: { symbol: 'B', bid: '2' } },
    { call: 'down', why: `${path} has been played to its end` },
  ])
})

test('a bad line is counted with its place, and the rest is played', async () => {
  const { sink, path } = await played('{"symbol":\n\n{"bid":"1"}\n{"symbol":"A","bid":"1"}\n')
  expect(sink.said.slice(2, 5)).toEqual([
    { call: 'malformed', reason: 'not_json', topic: `${path}:1` },
    { call: 'malformed', reason: 'bad_field_value', topic: `${path}:3` },
    { call: 'update', topic: 'ticker:A', update: { symbol: 'A', bid: '1' } },
  ])
})

test('a loop over nothing does not spin', async () => {
  const { sink } = await played('\n', true)
  expect(sink.count('down')).toBe(1)
})
