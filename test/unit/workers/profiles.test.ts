/**
 * A worker's profile, piece by piece: goal: it comes whole, and one that is given up makes room for the next. Method: both
 * ends of the channel with nothing between them, and a profiler that is read by hand.
 */
import { expect, test } from 'vitest'
import type { Metrics } from '../../../src/ops/metrics.ts'
import type { AdminPorts } from '../../../src/transport/admin.ts'
import { Answering } from '../../../src/workers/answering.ts'
import type { Question } from '../../../src/workers/messages.ts'
import type { WorkerProcess } from '../../../src/workers/process.ts'
import { profilerOf } from '../../../src/workers/profiles.ts'

const PIECES = ['a', 'b', 'c']

class OneAtATime {
  isBusy = false

  async heap(): Promise<AsyncIterable<Uint8Array> | null> {
    if (this.isBusy) return null
    this.isBusy = true
    return this.pieces()
  }

  private async *pieces() {
    try {
      for (const piece of PIECES) yield Buffer.from(piece)
    } finally {
      this.isBusy = false
    }
  }
}

/** The supervisor's view of a worker that answers within this process. */
function connected(profiles: OneAtATime) {
  const waiting = new Map<number, (answer: unknown) => void>()
  const admin = {
    profiler: () => profiles,
    onError: (error: unknown) => expect.unreachable(`${error}`),
  }
  // Of the admin port's figures none is asked for here.
  const answering = new Answering(
    admin as unknown as AdminPorts & { readonly metrics: Metrics },
    (message) => {
      if (message.type === 'answer') waiting.get(message.id)!(message.answer)
    },
  )
  const process = {
    number: 1,
    isServing: true,
    ask: (question: Question) =>
      new Promise((resolve) => {
        waiting.set(waiting.size, resolve)
        answering.answer(waiting.size - 1, question)
      }),
  }
  return { process, profiler: profilerOf(process as unknown as WorkerProcess) }
}

async function read(pieces: AsyncIterable<Uint8Array>, atMost: number): Promise<string> {
  let text = ''
  for await (const piece of pieces) {
    text += Buffer.from(piece).toString()
    if (text.length === atMost) break
  }
  return text
}

test('comes whole, and then the next one may be made', async () => {
  const { profiler } = connected(new OneAtATime())
  for (let i = 0; i < 2; i++) expect(await read((await profiler.heap())!, 99)).toBe('abc')
})

test('only one at a time', async () => {
  const { profiler } = connected(new OneAtATime())
  const first = await profiler.heap()
  expect(await profiler.heap()).toBeNull()
  expect(await read(first!, 99)).toBe('abc')
})

test('the next one may begin in the moment that the last one has ended', async () => {
  const { process, profiler } = connected(new OneAtATime())
  const ask = process.ask
  let next: AsyncIterable<Uint8Array> | null = null
  process.ask = async (question) => {
    if (question.about === 'release') next ??= await profiler.heap()
    return ask(question)
  }
  expect(await read((await profiler.heap())!, 99)).toBe('abc')
  await expect.poll(() => next).not.toBeNull()
  expect(await read(next!, 99)).toBe('abc')
})

test('whoever gives up makes room for the next', async () => {
  const profiles = new OneAtATime()
  const { profiler } = connected(profiles)
  expect(await read((await profiler.heap())!, 1)).toBe('a')
  await expect.poll(() => profiles.isBusy).toBe(false)
  expect(await read((await profiler.heap())!, 99)).toBe('abc')
})

test('one whose worker ends is no whole one', async () => {
  const { process, profiler } = connected(new OneAtATime())
  const pieces = (await profiler.heap())!
  process.isServing = false
  await expect(read(pieces, 99)).rejects.toThrow('worker 1 ended before its profile did')
})
