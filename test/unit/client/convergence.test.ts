/**
 * Goal: what a program holds through the SDK is what the server holds, whatever happens on the way: once it is quiet,
 * record(topic) equals the server's value, or is undefined where the server has none or nobody subscribes; what
 * listeners were told last is the same; and no topic ever went back to an older value.
 * Method: random updates, feeds, subscriptions, stalls, drops, silences, crashes and restarts, and servers that go away
 * beside the next one, which is fed the same at another pace; tokens that are renewed and allow other topics; through the real sessions, fan-out and dialects, against
 * the market itself.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { check, type How, type Step, Story, TOPICS } from '../../support/client-story.ts'
import { settle } from '../../support/manual-time.ts'

const NAMES = [...TOPICS, 'a:*', 'b:*']

const topic = fc.constantFrom(...TOPICS)
const settings = fc.record(
  {
    mode: fc.constantFrom('full' as const, 'delta' as const),
    intervalMs: fc.constantFrom(0, 0, 50, 250, 1_000),
  },
  { requiredKeys: [] },
)
const fields = fc.dictionary(
  fc.constantFrom('bid', 'ask', 'é', '__proto'),
  fc.oneof(fc.integer(), fc.constant(null), fc.string({ maxLength: 8 }), fc.boolean()),
)
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('update'), topic, fields }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('move') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('up') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(20_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscribe'), names, settings }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change'), at: fc.nat(20), settings }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unsubscribe'), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('feed') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('roll'), ms: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retire') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lag'), at: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('allow'), names: fc.subarray(TOPICS) }) },
)

/** What happens where servers are replaced all the time, and all is well otherwise. */
const rolling = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('update'), topic, fields }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('move') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('roll'), ms: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retire') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lag'), at: fc.nat(1) }) },
)
const random = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))

/** Tells the story to its end. */
async function play(how: How, steps: readonly Step[], numbers: Iterator<number>): Promise<void> {
  const told = new Story(how, () => numbers.next().value)
  for (const next of steps) {
    await told.take(next)
    await settle()
    expect(told.network.sockets.size).toBeLessThanOrEqual(2)
  }
  await check(told)
  told.client.close()
  expect(told.time.timerCount).toBe(0)
}

test.each([
  { dialect: 'json', probes: 'message', hasTokens: false },
  { dialect: 'msgpack', probes: 'message', hasTokens: true },
  { dialect: 'msgpack', probes: 'ping', hasTokens: false },
] as const)(
  'a client ends exact, and never goes back ($dialect, $probes, tokens: $hasTokens)',
  async (how) => {
    const story = fc.array(step as fc.Arbitrary<Step>, { minLength: 10, maxLength: 80 })
    const property = fc.asyncProperty(story, random, (steps, numbers) => play(how, steps, numbers))
    await fc.assert(property, { numRuns: 400 })
  },
  60_000,
)

test.each([false, true])(
  'nor where servers are replaced all the time (tokens: %s)',
  async (hasTokens) => {
    const how = { dialect: 'json', probes: 'message', hasTokens } as const
    const begin: Step[] = [
      { do: 'subscribe', names: ['a:*', 'b:1'], settings: { mode: 'delta' } },
      ...TOPICS.map((topic) => ({ do: 'update', topic, fields: {} })),
      ...Array(4).fill({ do: 'move' }),
    ]
    const story = fc.array(rolling as fc.Arbitrary<Step>, { minLength: 30, maxLength: 120 })
    const property = fc.asyncProperty(story, random, (steps, numbers) =>
      play(how, [...begin, ...steps], numbers),
    )
    await fc.assert(property, { numRuns: 200 })
  },
  60_000,
)

test('a request that comes as a token has just been found good waits behind those before it', async () => {
  const how = { dialect: 'msgpack', probes: 'message', hasTokens: true } as const
  const update: Step = { do: 'update', topic: 'a:1', fields: {} }
  const steps: Step[] = [
    { do: 'move' },
    update,
    { do: 'retire' },
    update,
    update,
    { do: 'subscribe', names: ['a:1'], settings: {} },
    { do: 'subscribe', names: ['a:1'], settings: {} },
    { do: 'feed' },
    { do: 'roll', ms: 0 },
    { do: 'subscribe', names: ['a:3', 'a:1'], settings: {} },
  ]
  const numbers = (function* () {
    for (;;) yield 0
  })()
  await play(how, steps, numbers)
})
