/**
 * Hostile: clients that mean harm, in a process of their own, as a procedure sees them.
 * Next:  hostile-process.ts
 */
import { Child } from './child.ts'

export type HostileRequest = { readonly url: string; readonly clients: number } | 'report'

/** What they have done so far. */
export interface HostileReport {
  /** By what was tried. */
  readonly attempts: Readonly<Record<string, number>>
  /** Attempts that the server ended, rather than they themselves. */
  readonly ended: number
}

export class Hostile {
  private readonly child = new Child<HostileRequest>(
    new URL('./hostile-process.ts', import.meta.url),
  )

  /** Has so many of them at a time attack a server until stop(). */
  attack(url: string, clients: number): Promise<void> {
    return this.child.ask({ url, clients })
  }

  report(): Promise<HostileReport> {
    return this.child.ask('report')
  }

  stop(): Promise<void> {
    return this.child.stop()
  }
}
