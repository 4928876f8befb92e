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
