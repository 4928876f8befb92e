/**
 * Clock: the wall clock with fractions of a ms, the same in every process of a bench.
 * The system's monotonic clock is shared by all processes of a host; what is added to it is read from the wall clock
 * once, by the first process, and handed on in the environment.
 */
const NAME = 'BENCH_CLOCK_OFFSET_MS'

const inherited = process.env[NAME]
const offsetMs = inherited === undefined ? Date.now() - monotonicMs() : Number(inherited)

/** What child processes need in their environment. */
export const CLOCK_ENV: Readonly<Record<string, string>> = { [NAME]: String(offsetMs) }

/** A clock that never steps, ms. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}

/** Ms since the epoch. */
export function wallMs(): number {
  return offsetMs + monotonicMs()
}

const START_READINGS = 1_000

/** What to add to `performance.now()`, which reads the same monotonic clock without allocating. */
const START_MS = startMs()

/** The most of many: whatever comes between two readings only lowers their difference, the first time by much. */
function startMs(): number {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < START_READINGS; i++) most = Math.max(most, wallMs() - performance.now())
  return most
}

/** Us since the epoch, for where it is read 100,000 times a second. */
export function wallUs(): number {
  return (START_MS + performance.now()) * 1_000
}
