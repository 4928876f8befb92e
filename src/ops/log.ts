/**
 * Log: pino, one child a room. Lines go to stderr, so that stdout stays a command's own.
 */
import { destination, type Logger, pino } from 'pino'
import { TOPIC_CHARS_MAX } from '../market/topic-name.ts'

/** One log line a reason in this time, with how many there were. */
const COMPLAINT_PERIOD_MS = 10_000

export type Log = Logger

/** A log at a level of pino's, or 'silent'; of several workers, each line tells which one it is of. */
export function createLog(level: string, worker?: number): Log {
  return pino({ level, base: worker === undefined ? null : { worker } }, destination(2))
}

/**
 * Lets a complaint through once a period and a subject, with how many were kept back since: a publisher that sends
 * nothing but nonsense must not fill the disk.
 */
export class Complaints {
  private readonly periodMs: number
  private readonly say: (subject: string, detail: string, unsaid: number) => void
  private readonly subjects = new Map<string, { saidAtMs: number; unsaid: number }>()

  constructor(periodMs: number, say: (subject: string, detail: string, unsaid: number) => void) {
    this.periodMs = periodMs
    this.say = say
  }

  /** Subjects must come from a fixed set; details need not. */
  add(subject: string, detail: string, nowMs: number): void {
    const known = this.subjects.get(subject)
    if (known !== undefined && nowMs - known.saidAtMs < this.periodMs) {
      known.unsaid++
      return
    }
    this.subjects.set(subject, { saidAtMs: nowMs, unsaid: 0 })
    this.say(subject, detail, known?.unsaid ?? 0)
  }
}

/** What a room calls that warns of the same again and again; `what` is from a small fixed set. */
export function warningsTo(log: Log): (what: string, why: string) => void {
  const complaints = new Complaints(COMPLAINT_PERIOD_MS, (what, why, unsaid) => {
    log.warn({ why, unsaid }, what)
  })
  return (what, why) => complaints.add(what, why, performance.now())
}

/** What the ingest calls for an update that is refused. */
export function complaintsTo(log: Log): (reason: string, topic: string) => void {
  const complaints = new Complaints(COMPLAINT_PERIOD_MS, (reason, topic, unsaid) => {
    log.warn({ reason, topic: topic.slice(0, TOPIC_CHARS_MAX), unsaid }, 'update refused')
  })
  return (reason, topic) => complaints.add(reason, topic, performance.now())
}
