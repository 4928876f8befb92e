/**
 * Fuzz: runs a check over inputs that are made of a seed and an index. A few thousand in the normal suite;
 * `FUZZ_INPUTS=1000000 npx vitest run --project server test/fuzz` for as many, with figures. `FUZZ_SEED` makes others.
 * A failure says how to make its input again, and has it as hex: fix the code, and keep the hex in `past`.
 * Next:  fuzz-inputs.ts for what inputs are made of
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { Dice } from './fuzz-dice.ts'

/** What one check is given: a payload, or a few in a row. */
export type Input = readonly Buffer[]

/** An input that once failed. */
export interface Past {
  /** What went wrong. */
  readonly why: string
  /** The buffers as hex, with spaces between. */
  readonly hex: string
}

export interface Target {
  readonly make: (dice: Dice) => Input
  /** Throws, or fails an expectation, where the code does not do as it should. */
  readonly check: (input: Input) => void | Promise<void>
  readonly past: readonly Past[]
  /** How many inputs the normal suite tries; 3,000 where left out. */
  readonly inputs?: number
}

const SEED = Number(process.env.FUZZ_SEED ?? 1)
const INPUTS_WANTED = Number(process.env.FUZZ_INPUTS ?? 0)
const INPUTS_DEFAULT = 3_000
/** From here on, growth can be told from noise, and figures are worth printing. */
const LONG_RUN_INPUTS = 50_000
/** Of the heap from the first tenth of a long run to its end. */
const GROWTH_BYTES_MAX = 16 * 1024 * 1024
/** One input that takes so long is a hang. */
const HANG_MS = 5_000
/** A loop without end cannot be timed from within: this much later the process is ended from beside it. */
const WATCH_MS = 15_000
const SHOWN_CHARS_MAX = 4_000

/** Declares the tests of one target: every past failure, then new inputs. */
export function fuzz(name: string, target: Target): void {
  const inputs = INPUTS_WANTED || (target.inputs ?? INPUTS_DEFAULT)
  afterAll(() => watchdog?.stop())
  for (const { why, hex } of target.past) {
    test(`${name}, past failure: ${why}`, () =>
      watched(`${name}, ${why}`, async (watchdog) => {
        watchdog.step(0)
        await attempt(target, bytesOf(hex))
      }))
  }
  test(`${name}: ${inputs} inputs`, { timeout: 60_000 + inputs * 10 }, () =>
    watched(name, (watchdog) => run(name, target, inputs, watchdog)),
  )
}

/** For targets of one buffer. */
export function one(check: (bytes: Buffer) => void | Promise<void>): Target['check'] {
  return ([bytes]) => check(bytes!)
}

/** As expect(), which is too slow to be called a million times. */
export function must(holds: boolean, says: string): asserts holds {
  if (!holds) throw new Error(`it does not hold that ${says}`)
}

async function run(
  name: string,
  target: Target,
  inputs: number,
  watchdog: Watchdog,
): Promise<void> {
  const isLong = inputs >= LONG_RUN_INPUTS
  const named = Object.getOwnPropertyNames(Object.prototype).length
  const slowest = { ms: 0, index: 0 }
  const beganAtMs = performance.now()
  let heapBytes = 0
  for (let index = 0; index < inputs; index++) {
    watchdog.step(index)
    const input = target.make(new Dice(SEED, index))
    try {
      const trying = attempt(target, input)
      const ms = typeof trying === 'number' ? trying : await trying
      if (ms > slowest.ms) Object.assign(slowest, { ms, index })
    } catch (error) {
      throw failure(name, index, input, error)
    }
    if (isLong && index === Math.floor(inputs / 10)) heapBytes = usedHeapBytes()
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(named)
  if (!isLong) return
  const s = ((performance.now() - beganAtMs) / 1_000).toFixed(1)
  const grown = usedHeapBytes() - heapBytes
  const slow = `slowest ${slowest.ms.toFixed(1)} ms (${slowest.index})`
  console.log(`fuzz ${name}: ${inputs} inputs, ${s} s, ${slow}, heap ${signed(grown / 1_024)} KiB`)
  expect(grown).toBeLessThan(GROWTH_BYTES_MAX)
}

/** Returns how many ms it took, at once where the check does so. */
function attempt({ check }: Target, input: Input): number | Promise<number> {
  const beganAtMs = performance.now()
  const end = () => {
    for (const key in {}) throw new Error(`Object.prototype.${key} was set`)
    const ms = performance.now() - beganAtMs
    must(ms < HANG_MS, `one input takes less than ${HANG_MS} ms: ${ms}`)
    return ms
  }
  const checking = check(input)
  return checking === undefined ? end() : checking.then(end)
}

function failure(name: string, index: number, input: Input, cause: unknown): Error {
  const hex = input.map((bytes) => bytes.toString('hex')).join(' ')
  const what = cause instanceof Error ? cause.message : String(cause)
  const shown = hex.length > SHOWN_CHARS_MAX ? `${hex.slice(0, SHOWN_CHARS_MAX)}...` : hex
  return new Error(`${name}: seed ${SEED}, index ${index}: ${what}\n${shown}`, { cause })
}

function bytesOf(hex: string): Input {
  return hex.split(' ').map((part) => Buffer.from(part, 'hex'))
}

function signed(kib: number): string {
  return `${kib < 0 ? '' : '+'}${Math.round(kib)}`
}

/** After everything has been collected that nobody holds. */
function usedHeapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Watches from a thread of its own, for all of a file's tests, and ends the process where the count stands still. */
class Watchdog {
  /** Steps begun, and the index of the present one. */
  private readonly counts = new Int32Array(new SharedArrayBuffer(8))
  private readonly worker = new Worker(WATCHER, {
    eval: true,
    workerData: { counts: this.counts, seed: SEED, watchMs: WATCH_MS },
  })

  /** What is said should it not end. */
  begin(name: string): void {
    this.worker.postMessage(name)
  }

  step(index: number): void {
    Atomics.store(this.counts, 1, index)
    Atomics.add(this.counts, 0, 1)
  }

  /** Nothing is to be expected from here on. */
  end(): void {
    this.worker.postMessage(null)
  }

  stop(): Promise<unknown> {
    return this.worker.terminate()
  }
}

const WATCHER = `
const { parentPort, workerData: { counts, seed, watchMs } } = require('node:worker_threads')
let name = null
let before = -1
parentPort.on('message', (message) => { name = message })
setInterval(() => {
  const now = Atomics.load(counts, 0)
  if (name === null || now !== before) return void (before = now)
  const what = \`\${name}: seed \${seed}, index \${Atomics.load(counts, 1)}: does not end\\n\`
  require('node:fs').writeSync(2, what)
  process.kill(process.pid, 'SIGKILL')
}, watchMs)
`

let watchdog: Watchdog | null = null

async function watched(name: string, run: (watchdog: Watchdog) => Promise<void>): Promise<void> {
  watchdog ??= new Watchdog()
  watchdog.begin(name)
  try {
    await run(watchdog)
  } finally {
    watchdog.end()
  }
}
